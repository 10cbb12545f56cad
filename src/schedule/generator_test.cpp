#include "schedule/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "choice/walk.h"
#include "schedule/fake_ops.h"

namespace revenant {
namespace {

TEST(Generator, MakesShortProgramsForSeveralCpusWithARandomWalk) {
  const OpTable table(kFakeOps);
  Rng rng(1);
  for (int i = 0; i < 10'000; ++i) {
    const Schedule schedule = random_schedule(table, rng);
    ASSERT_TRUE(is_valid(schedule, table));
    ASSERT_GE(schedule.cpus.size(), 2U);
    for (const Ops& ops : schedule.cpus) ASSERT_FALSE(ops.empty());
    ASSERT_TRUE(schedule.walk.has_value());
    ASSERT_TRUE(schedule.preemptions.empty() && schedule.picks.empty());
  }
}

TEST(Generator, ReachesEveryOpWithEveryArgumentAndEverySize) {
  const OpTable table(kFakeOps);
  Rng rng(2);
  std::set<std::uint32_t> numbers;
  std::set<std::size_t> cpu_counts;
  std::set<std::size_t> op_counts;
  for (int i = 0; i < 2'000; ++i) {
    const Schedule schedule = random_schedule(table, rng);
    cpu_counts.insert(schedule.cpus.size());
    for (const Ops& ops : schedule.cpus) {
      op_counts.insert(ops.size());
      for (const OpCall& call : ops) numbers.insert(table.number(call));
    }
  }
  EXPECT_EQ(numbers.size(), table.size());
  EXPECT_EQ(cpu_counts, (std::set<std::size_t>{2, 3, 4}));
  EXPECT_EQ(op_counts, (std::set<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Generator, APlainScheduleDrawsKindsOfOpEvenlyAndWalksPlainly) {
  const OpTable table(kFakeOps);
  Rng rng(5);
  std::vector<int> count(table.specs().size());
  int ops_drawn = 0;
  for (int i = 0; i < 4'000; ++i) {
    const Schedule schedule = plain_schedule(table, rng);
    ASSERT_TRUE(is_valid(schedule, table));
    ASSERT_TRUE(schedule.walk && is_plain_walk(*schedule.walk));
    for (const Ops& ops : schedule.cpus) {
      for (const OpCall& call : ops) ++count[call.op], ++ops_drawn;
    }
  }
  const int even = ops_drawn / static_cast<int>(count.size());
  for (const int of_one : count) EXPECT_NEAR(of_one, even, even / 20);
}

// Two ops that take a page, at different places among their arguments.
TEST(Generator, ArgumentsOfOneNameMeet) {
  static constexpr Argument kPage[] = {{.name = "page", .count = 3}};
  static constexpr Argument kSlotPage[] = {{.name = "slot", .count = 3},
                                           {.name = "page", .count = 3}};
  static constexpr OpSpec kOps[] = {{.name = "a", .summary = "", .arguments = kPage},
                                    {.name = "b", .summary = "", .arguments = kSlotPage}};
  const OpTable table(kOps);
  Rng rng(4);
  int wide = 0;
  int only_one_is_wide = 0;
  for (int i = 0; i < 2'000; ++i) {
    std::uint8_t widest[2] = {};
    int calls[2] = {};
    for (const Ops& ops : random_schedule(table, rng).cpus) {
      for (const OpCall& call : ops) {
        widest[call.op] = std::max(widest[call.op], call.arguments[call.op]);
        ++calls[call.op];
      }
    }
    if (calls[0] < 5 || calls[1] < 5) continue;
    if (widest[0] > 0 || widest[1] > 0) ++wide;
    if ((widest[0] > 0) != (widest[1] > 0)) ++only_one_is_wide;
  }
  EXPECT_GT(wide, 200);
  EXPECT_LT(only_one_is_wide, wide / 10);
}

TEST(Generator, IsRepeatable) {
  const OpTable table(kFakeOps);
  Rng a(3);
  Rng b(3);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(random_schedule(table, a), random_schedule(table, b));
}

}  // namespace
}  // namespace revenant
