#include "sim/rcu.h"

#include <gtest/gtest.h>

#include <string>

namespace revenant::sim {
namespace {

constexpr CpuId kCpu0{0};
constexpr CpuId kCpu1{1};

void add_a(void* text) { *static_cast<std::string*>(text) += 'a'; }
void add_b(void* text) { *static_cast<std::string*>(text) += 'b'; }
void add_c(void* text) { *static_cast<std::string*>(text) += 'c'; }

TEST(Rcu, AGracePeriodWithoutReadersIsOverAtOnce) {
  Rcu rcu;
  EXPECT_TRUE(rcu.over(rcu.begin(nullptr, nullptr)));
}

TEST(Rcu, AGracePeriodWaitsForAllReadersThatWereInsideWhenItBegan) {
  Rcu rcu;
  rcu.read_lock(kCpu0, 1);
  rcu.read_lock(kCpu1, 2);
  const Rcu::GracePeriod grace_period = rcu.begin(nullptr, nullptr);
  rcu.read_unlock(kCpu0);
  EXPECT_FALSE(rcu.over(grace_period));
  rcu.read_unlock(kCpu1);
  EXPECT_TRUE(rcu.over(grace_period));
}

TEST(Rcu, AGracePeriodDoesNotWaitForLaterReaders) {
  Rcu rcu;
  rcu.read_lock(kCpu0, 1);
  const Rcu::GracePeriod grace_period = rcu.begin(nullptr, nullptr);
  rcu.read_lock(kCpu1, 2);
  rcu.read_unlock(kCpu0);
  rcu.read_lock(kCpu0, 3);
  EXPECT_TRUE(rcu.over(grace_period));
}

TEST(Rcu, ASectionEndsWithItsOutermostUnlock) {
  Rcu rcu;
  rcu.read_lock(kCpu0, 1);
  rcu.read_lock(kCpu0, 2);
  const Rcu::GracePeriod grace_period = rcu.begin(nullptr, nullptr);
  EXPECT_FALSE(rcu.read_unlock(kCpu0));
  EXPECT_TRUE(rcu.in_section(kCpu0));
  EXPECT_FALSE(rcu.over(grace_period));
  EXPECT_TRUE(rcu.read_unlock(kCpu0));
  EXPECT_FALSE(rcu.in_section(kCpu0));
  EXPECT_TRUE(rcu.over(grace_period));
}

TEST(Rcu, ASectionStartsWithItsOutermostLock) {
  Rcu rcu;
  rcu.read_lock(kCpu0, 3);
  rcu.read_lock(kCpu0, 9);
  EXPECT_EQ(rcu.section_start(kCpu0), 3U);
}

TEST(Rcu, OverlappingGracePeriodsEndEachOnItsOwn) {
  Rcu rcu;
  rcu.read_lock(kCpu0, 1);
  const Rcu::GracePeriod first = rcu.begin(nullptr, nullptr);
  rcu.read_lock(kCpu1, 2);
  const Rcu::GracePeriod second = rcu.begin(nullptr, nullptr);
  rcu.read_unlock(kCpu0);
  EXPECT_TRUE(rcu.over(first));
  EXPECT_FALSE(rcu.over(second));
}

TEST(Rcu, VisitsTheGracePeriodsThatAreOverAndHaveSomebodyWaiting) {
  Rcu rcu;
  std::string ran;
  const Rcu::GracePeriod over = rcu.begin(nullptr, nullptr);
  rcu.begin(&add_a, &ran);
  rcu.read_lock(kCpu0, 1);
  rcu.begin(nullptr, nullptr);
  int count = 0;
  rcu.for_each_over([&](const void* channel) {
    EXPECT_EQ(channel, rcu.channel(over));
    ++count;
  });
  EXPECT_EQ(count, 1);
}

TEST(Rcu, ACallbackIsReadyAfterItsGracePeriod) {
  Rcu rcu;
  std::string ran;
  rcu.read_lock(kCpu0, 1);
  rcu.begin(&add_a, &ran);
  EXPECT_EQ(rcu.ready_count(), 0U);
  EXPECT_TRUE(rcu.callbacks_pending());
  rcu.read_unlock(kCpu0);
  EXPECT_EQ(rcu.ready_count(), 1U);
  rcu.run_ready(0);
  EXPECT_EQ(ran, "a");
  EXPECT_FALSE(rcu.callbacks_pending());
}

TEST(Rcu, ReadyCallbacksAreNumberedInTheOrderOfTheirCallsWhateverSlotsWereUnused) {
  Rcu rcu;
  std::string ran;
  const Rcu::GracePeriod low = rcu.begin(nullptr, nullptr);
  rcu.begin(&add_a, &ran);
  rcu.end(low);
  rcu.begin(&add_b, &ran);  // In the slot of `low`.
  rcu.begin(&add_c, &ran);
  rcu.run_ready(1);
  rcu.run_ready(1);
  rcu.run_ready(0);
  EXPECT_EQ(ran, "bca");
}

TEST(Rcu, ABarrierIsPassedWhenAllEarlierCallbacksRan) {
  Rcu rcu;
  std::string ran;
  rcu.begin(&add_a, &ran);
  const std::uint32_t ticket = rcu.next_ticket();
  rcu.begin(&add_b, &ran);
  EXPECT_FALSE(rcu.all_ran_before(ticket));
  rcu.run_ready(1);
  EXPECT_FALSE(rcu.all_ran_before(ticket));
  rcu.run_ready(0);
  EXPECT_TRUE(rcu.all_ran_before(ticket));
}

TEST(Rcu, ResetForgetsReadersAndCallbacks) {
  Rcu rcu;
  std::string ran;
  rcu.read_lock(kCpu0, 1);
  rcu.begin(&add_a, &ran);
  rcu.reset();
  EXPECT_FALSE(rcu.in_section(kCpu0));
  EXPECT_FALSE(rcu.callbacks_pending());
  EXPECT_EQ(rcu.next_ticket(), 0U);
  EXPECT_TRUE(rcu.over(rcu.begin(nullptr, nullptr)));
}

}  // namespace
}  // namespace revenant::sim
