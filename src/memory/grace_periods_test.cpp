#include <gtest/gtest.h>

#include "memory/view_machine.h"

namespace revenant::memory {
namespace {

constexpr CpuId kUpdater{0};
constexpr CpuId kReader{1};
constexpr CpuId kCallbacks{2};
constexpr LocationId kLink{0};
constexpr LocationId kObject{1};

class GracePeriods : public testing::Test {
 protected:
  explicit GracePeriods(Rules rules = {}) : machine_(Sizes{.domains = 2}, rules) {
    for (int i = 0; i < 2; ++i) machine_.add_location(0, 8);
  }

  std::uint32_t load_choices(CpuId cpu, LocationId at) const {
    return machine_.load_candidates(cpu, {.at = at}).count;
  }
  void store(CpuId cpu, LocationId at, Value value) {
    machine_.store(cpu, {.at = at}, value, machine_.store_candidates(cpu, {.at = at}).at[0]);
  }

  ViewMachine machine_;
};

TEST_F(GracePeriods, WaitForReadersThatWereInsideAndForNoOthers) {
  machine_.read_lock(kReader);
  machine_.begin_grace_period(kUpdater);
  EXPECT_FALSE(machine_.is_over(kUpdater));
  machine_.read_lock(kCallbacks);
  machine_.read_unlock(kReader);
  EXPECT_TRUE(machine_.is_over(kUpdater));
  EXPECT_EQ(machine_.readers(), mask_of(kCallbacks));
}

TEST_F(GracePeriods, WaitForTheOutermostUnlock) {
  machine_.read_lock(kReader);
  machine_.read_lock(kReader);
  machine_.begin_grace_period(kUpdater);
  machine_.read_unlock(kReader);
  EXPECT_FALSE(machine_.is_over(kUpdater));
  machine_.read_unlock(kReader);
  EXPECT_TRUE(machine_.is_over(kUpdater));
}

TEST_F(GracePeriods, ShowLaterReadersWhatCameBefore) {
  store(kUpdater, kLink, 1);
  EXPECT_EQ(load_choices(kReader, kLink), 2U);
  machine_.begin_grace_period(kUpdater);
  machine_.read_lock(kReader);
  EXPECT_EQ(load_choices(kReader, kLink), 1U);
}

TEST_F(GracePeriods, ShowWhatEarlierReadersDid) {
  machine_.read_lock(kReader);
  store(kReader, kObject, 1);
  machine_.read_unlock(kReader);
  machine_.begin_grace_period(kUpdater);
  EXPECT_EQ(load_choices(kUpdater, kObject), 2U);
  machine_.end_grace_period(kUpdater);
  EXPECT_EQ(load_choices(kUpdater, kObject), 1U);
}

TEST_F(GracePeriods, OfOneDomainKnowNothingOfAnother) {
  const DomainId other{1};
  machine_.read_lock(kReader, other);
  machine_.begin_grace_period(kUpdater);
  EXPECT_TRUE(machine_.is_over(kUpdater));
  EXPECT_TRUE(machine_.in_section(kReader, other));
  EXPECT_FALSE(machine_.in_section(kReader));
}

// The unlink, then call_rcu: a reader that begins after the callback's grace period has begun must
// see the unlink, and the callback what readers before it did.
TEST_F(GracePeriods, OfACallbackBeginWithWhatItsCallerKnew) {
  store(kUpdater, kLink, 1);
  Snapshot snapshot = machine_.new_snapshot();
  machine_.take_snapshot(kUpdater, snapshot);
  machine_.begin_callback_grace_period(snapshot);
  machine_.read_lock(kReader);
  EXPECT_EQ(load_choices(kReader, kLink), 1U);
  store(kReader, kObject, 1);
  machine_.read_unlock(kReader);
  machine_.end_grace_period(kCallbacks);
  EXPECT_EQ(load_choices(kCallbacks, kLink), 1U);
  EXPECT_EQ(load_choices(kCallbacks, kObject), 1U);
}

class WithoutSnapshot : public GracePeriods {
 protected:
  WithoutSnapshot() : GracePeriods(Rules().without(Rule::kCallbackStartsWithSnapshot)) {}
};

TEST_F(WithoutSnapshot, ALaterReaderCouldMissTheUnlink) {
  store(kUpdater, kLink, 1);
  Snapshot snapshot = machine_.new_snapshot();
  machine_.take_snapshot(kUpdater, snapshot);
  machine_.begin_callback_grace_period(snapshot);
  machine_.read_lock(kReader);
  EXPECT_EQ(load_choices(kReader, kLink), 2U);
}

}  // namespace
}  // namespace revenant::memory
