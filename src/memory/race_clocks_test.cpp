#include <gtest/gtest.h>

#include "memory/view_machine.h"

namespace revenant::memory {
namespace {

constexpr CpuId kP0{0};
constexpr CpuId kP1{1};
constexpr LocationId kData{0};
constexpr LocationId kFlag{1};

class RaceChecks : public testing::Test {
 protected:
  RaceChecks() {
    for (int i = 0; i < 2; ++i) machine_.add_location(0, 8);
  }

  void load(CpuId cpu, const Access& access) {
    machine_.load(cpu, access, machine_.load_candidates(cpu, access).at[0]);
  }
  void store(CpuId cpu, const Access& access) {
    machine_.store(cpu, access, 1, machine_.store_candidates(cpu, access).at[0]);
  }

  const Access plain_{.at = kData, .is_plain = true};
  ViewMachine machine_{Sizes{.finds_races = true}};
};

TEST_F(RaceChecks, FindAPlainLoadBesideAStoreThatIsNotKnown) {
  store(kP0, plain_);
  EXPECT_FALSE(machine_.race());
  load(kP1, plain_);
  ASSERT_TRUE(machine_.race());
  EXPECT_EQ(machine_.race()->cpu, kP1);
  EXPECT_EQ(machine_.race()->at, kData);
}

TEST_F(RaceChecks, FindAPlainStoreBesideALoadThatIsNotKnown) {
  load(kP0, plain_);
  store(kP1, plain_);
  EXPECT_TRUE(machine_.race());
}

TEST_F(RaceChecks, AreSilentBehindReleaseAndAcquire) {
  store(kP0, plain_);
  load(kP0, plain_);
  store(kP0, {.at = kFlag, .order = Order::kRelease});
  load(kP1, {.at = kFlag, .order = Order::kAcquire});
  load(kP1, plain_);
  store(kP1, plain_);
  EXPECT_FALSE(machine_.race());
}

TEST_F(RaceChecks, FindWhatARelaxedFlagDoesNotOrder) {
  store(kP0, plain_);
  store(kP0, {.at = kFlag});
  load(kP1, {.at = kFlag, .order = Order::kAcquire});
  load(kP1, plain_);
  EXPECT_TRUE(machine_.race());
}

TEST_F(RaceChecks, AreSilentBetweenMarkedAccesses) {
  store(kP0, {.at = kData});
  store(kP1, {.at = kData});
  load(kP0, {.at = kData});
  EXPECT_FALSE(machine_.race());
}

TEST_F(RaceChecks, AreSilentAfterAGracePeriod) {
  machine_.read_lock(kP0);
  load(kP0, plain_);
  machine_.read_unlock(kP0);
  machine_.begin_grace_period(kP1);
  machine_.end_grace_period(kP1);
  store(kP1, plain_);
  EXPECT_FALSE(machine_.race());
}

TEST_F(RaceChecks, AreSilentInACallbackOfItsGracePeriod) {
  store(kP0, plain_);
  Snapshot snapshot = machine_.new_snapshot();
  machine_.take_snapshot(kP0, snapshot);
  machine_.begin_callback_grace_period(snapshot);
  machine_.end_grace_period(kP1);
  store(kP1, plain_);
  EXPECT_FALSE(machine_.race());
}

}  // namespace
}  // namespace revenant::memory
