#include "minimize/candidates.h"

#include <gtest/gtest.h>

#include "minimize/edits.h"
#include "minimize/order.h"
#include "schedule/fake_ops.h"

namespace revenant {
namespace {

constexpr Pass kPasses[] = {
    &without_run_of_ops,     &without_a_cpu,           &without_an_op,
    &without_two_ops,        &without_ops_and_renamed, &without_an_entry,
    &without_two_entries,    &with_a_cpu_less,         &with_cpus_in_another_order,
    &with_a_simpler_op,      &with_a_moved_op,         &with_a_simpler_and_a_moved_op,
    &with_renamed_arguments, &with_an_earlier_anchor,  &with_a_lower_answer};

// Of a size that passes over pairs of pairs can bear.
Schedule some_schedule(const OpTable& table, Rng& rng) {
  Schedule schedule = any_schedule(table, rng);
  for (Ops& cpu : schedule.cpus) cpu.resize(std::min<std::size_t>(cpu.size(), 3));
  schedule.preemptions.resize(std::min<std::size_t>(schedule.preemptions.size(), 6));
  schedule.picks.resize(std::min<std::size_t>(schedule.picks.size(), 6));
  return schedule;
}

TEST(Candidates, AreSchedulesOfTheSubjectWhateverTheyAreMadeFrom) {
  for (const auto ops : {std::span<const OpSpec>(kFakeOps), std::span<const OpSpec>(kWideOps)}) {
    const OpTable table(ops);
    Rng rng(1);
    for (int i = 0; i < 20; ++i) {
      const Schedule schedule = some_schedule(table, rng);
      for (const Pass pass : kPasses) {
        for (const Schedule& candidate : pass(schedule, table)) {
          ASSERT_TRUE(is_valid(candidate, table)) << testing::PrintToString(schedule) << "\n"
                                                  << testing::PrintToString(candidate);
        }
      }
    }
  }
}

TEST(Candidates, OfTheFirstPassesAreAllSmaller) {
  const OpTable table(kFakeOps);
  Rng rng(2);
  for (int i = 0; i < 20; ++i) {
    const Schedule schedule = some_schedule(table, rng);
    for (const Pass pass : {&without_run_of_ops, &without_a_cpu, &without_an_op, &without_two_ops,
                            &without_an_entry, &without_two_entries, &with_a_cpu_less}) {
      for (const Schedule& candidate : pass(schedule, table)) {
        ASSERT_TRUE(is_smaller(candidate, schedule)) << testing::PrintToString(candidate);
      }
    }
  }
}

TEST(Order, IsTotal) {
  const OpTable table(kFakeOps);
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) {
    const Schedule a = any_schedule(table, rng);
    const Schedule b = rng.one_in(4) ? a : any_schedule(table, rng);
    EXPECT_EQ(int{is_smaller(a, b)} + int{is_smaller(b, a)}, a == b ? 0 : 1);
  }
}

Schedule two_cpus() {
  Schedule schedule;
  schedule.cpus.resize(2);
  schedule.cpus[0] = {OpCall{.op = 0}, OpCall{.op = 1}};
  schedule.cpus[1] = {OpCall{.op = 2}, OpCall{.op = 3}};
  schedule.preemptions = {{.at = anchor(0, 1, 5), .to = CpuId{1}},
                          {.at = anchor(1, 1, 7), .to = CpuId{0}}};
  return schedule;
}

TEST(Edits, WhereAnOpGoesItsEntriesMoveToTheNextAndLaterOnesMoveAlong) {
  Schedule expected = two_cpus();
  expected.cpus[0] = {OpCall{.op = 1}};
  expected.preemptions[0].at.op = 0;
  EXPECT_EQ(without_op(two_cpus(), {.cpu = 0, .op = 0}), expected);
  expected = two_cpus();
  expected.cpus[0] = {OpCall{.op = 0}};
  expected.preemptions[0].at.point = 0;
  EXPECT_EQ(without_op(two_cpus(), {.cpu = 0, .op = 1}), expected);
}

TEST(Edits, WhereCpusMergeEntriesMoveAlongAndNoneIsInFavourOfItself) {
  Schedule expected;
  expected.cpus.resize(1);
  expected.cpus[0] = {OpCall{.op = 0}, OpCall{.op = 2}, OpCall{.op = 3}, OpCall{.op = 1}};
  EXPECT_EQ(with_merged_cpus(two_cpus(), 0, 1, 1), expected);
  Schedule three = two_cpus();
  three.cpus.resize(3);
  three.preemptions[1].to = CpuId{2};
  expected.cpus.resize(2);
  expected.preemptions = {{.at = anchor(0, 2, 7), .to = CpuId{1}}};
  EXPECT_EQ(with_merged_cpus(three, 0, 1, 1), expected);
}

TEST(Edits, RenumberedTwiceCpusAreWhatTheyWere) {
  constexpr std::uint8_t kSwap[] = {1, 0};
  const Schedule once = with_renumbered_cpus(two_cpus(), kSwap);
  EXPECT_EQ(once.cpus[0], two_cpus().cpus[1]);
  EXPECT_EQ(once.preemptions[0], (Preemption{.at = anchor(0, 1, 7), .to = CpuId{1}}));
  EXPECT_EQ(with_renumbered_cpus(once, kSwap), two_cpus());
}

}  // namespace
}  // namespace revenant
