#include "minimize/minimize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "minimize/candidates.h"
#include "minimize/toy_judge.h"
#include "schedule/fake_ops.h"

namespace revenant {
namespace {

const OpTable kTable(kToyOps);

OpCall call(ToyOp op, std::uint8_t page = 0) { return {.op = op, .arguments = {page, 0}}; }

std::size_t count_of(const Schedule& schedule, ToyOp op) {
  std::size_t count = 0;
  for (const Ops& cpu : schedule.cpus) {
    count += static_cast<std::size_t>(std::ranges::count(cpu, op, &OpCall::op));
  }
  return count;
}

Schedule four_full_cpus() {
  Schedule schedule;
  schedule.cpus.resize(kMaxScheduleCpus);
  for (std::uint8_t cpu = 0; cpu < kMaxScheduleCpus; ++cpu) {
    for (std::uint8_t op = 0; op < kMaxOpsPerCpu; ++op) {
      schedule.cpus[cpu].push_back(call(ToyOp(op % 4), op == 0 ? 0 : 3));
      schedule.preemptions.push_back({.at = anchor(cpu, op, 2), .to = CpuId(3 - cpu)});
      schedule.picks.push_back({.at = anchor(cpu, op, 1), .value = op});
    }
  }
  normalize(schedule);
  return schedule;
}

Schedule smallest(Schedule failing, const ToyJudge::Fails& fails) {
  ToyJudge judge(fails);
  return minimize(std::move(failing), kTable, judge).schedule;
}

// Long programs at random that fail.
std::vector<Schedule> recycling_schedules(std::size_t count) {
  std::vector<Schedule> schedules;
  for (Rng rng(1); schedules.size() < count;) {
    Schedule schedule;
    schedule.cpus.resize(4);
    for (Ops& cpu : schedule.cpus) {
      while (cpu.size() < 6) cpu.push_back(kTable.call(rng.below(kTable.size())));
    }
    for (int i = 0; i < 20; ++i) {
      schedule.preemptions.push_back({.at = anchor(rng.below(4), rng.below(6), rng.below(3)),
                                      .to = CpuId{static_cast<std::uint8_t>(rng.below(4))}});
    }
    normalize(schedule);
    if (is_recycled_in_use(schedule)) schedules.push_back(schedule);
  }
  return schedules;
}

TEST(Minimize, KeepsOnlyWhatThePredicateNeedsAndMovesAnchorsAlong) {
  const auto fails = [](const Schedule& s) {
    return std::ranges::any_of(s.preemptions, [&](const Preemption& p) {
      const std::uint32_t cpu = index_of(p.at.cpu);
      return cpu < s.cpus.size() && p.at.op < s.cpus[cpu].size() &&
             s.cpus[cpu][p.at.op].op == kFree && p.at.point == 2;
    });
  };
  const Schedule small = smallest(four_full_cpus(), fails);
  Schedule expected;
  expected.cpus.resize(1);
  expected.cpus[0].push_back(call(kFree));
  expected.preemptions.push_back({.at = anchor(0, 0, 2), .to = CpuId{0}});
  EXPECT_EQ(small, expected);
}

TEST(Minimize, EveryRecycleEndsAsTheSameSmallestOne) {
  Schedule expected;
  expected.cpus.resize(2);
  expected.cpus[0].push_back(call(kUse));
  expected.cpus[1] = {call(kFree), call(kAlloc)};
  expected.preemptions.push_back({.at = anchor(0, 0, 1), .to = CpuId{1}});
  for (const Schedule& failing : recycling_schedules(20)) {
    const Schedule small = smallest(failing, &is_recycled_in_use);
    EXPECT_EQ(small, expected);
  }
}

TEST(Minimize, NothingOfTheResultCanBeLeftOut) {
  // Needs three ops more than the recycle itself, whichever.
  const auto fails = [](const Schedule& s) { return size_of(s).ops >= 6 && is_recycled_in_use(s); };
  for (const Schedule& failing : recycling_schedules(10)) {
    const Schedule small = smallest(failing, fails);
    ASSERT_TRUE(fails(small));
    for (const Pass pass : {&without_a_cpu, &without_an_op, &without_an_entry}) {
      for (const Schedule& less : pass(small, kTable)) EXPECT_FALSE(fails(less));
    }
  }
}

TEST(Minimize, TakesTwoOpsAwayThatNeedEachOther) {
  const auto fails = [](const Schedule& s) {
    return count_of(s, kAlloc) == count_of(s, kFree) && count_of(s, kUse) == 3;
  };
  Schedule failing;
  failing.cpus.resize(1);
  failing.cpus[0] = {call(kUse), call(kAlloc), call(kUse), call(kFree), call(kUse)};
  EXPECT_EQ(size_of(smallest(failing, fails)), (ScheduleSize{.ops = 3, .cpus = 1}));
}

TEST(Minimize, PutsOnOneCpuWhatNeedsNoSecond) {
  const auto fails = [](const Schedule& s) {
    return count_of(s, kAlloc) > 0 && count_of(s, kFree) > 0;
  };
  Schedule failing;
  failing.cpus.resize(3);
  failing.cpus[0].push_back(call(kFree));
  failing.cpus[2].push_back(call(kAlloc));
  const Schedule small = smallest(failing, fails);
  EXPECT_EQ(size_of(small), (ScheduleSize{.ops = 2, .cpus = 1}));
}

TEST(Minimize, RenamesAnArgumentInAllOpsAtOnce) {
  const auto fails = [](const Schedule& s) {
    return s.cpus[0].size() == 2 && s.cpus[0][0].op == kAlloc && s.cpus[0][1].op == kFree &&
           s.cpus[0][0].arguments == s.cpus[0][1].arguments;
  };
  Schedule failing;
  failing.cpus.resize(1);
  failing.cpus[0] = {call(kAlloc, 3), call(kFree, 3)};
  EXPECT_EQ(smallest(failing, fails).cpus[0], (Ops{call(kAlloc), call(kFree)}));
}

TEST(Minimize, PrefersOpsThatStandEarlierInTheTable) {
  const auto fails = [](const Schedule& s) { return count_of(s, kIdle) < size_of(s).ops; };
  Schedule failing;
  failing.cpus.resize(1);
  failing.cpus[0] = {call(kUse, 2)};
  EXPECT_EQ(smallest(failing, fails).cpus[0], (Ops{call(kAlloc)}));
}

// Who takes one op away must find another preemption.
TEST(Minimize, FindsOtherPreemptionsWhereThoseItHasLeadAstray) {
  Schedule failing;
  failing.cpus.resize(2);
  failing.cpus[0] = {call(kUse)};
  failing.cpus[1] = {call(kIdle), call(kFree), call(kAlloc)};
  failing.preemptions = {{.at = anchor(0, 0, 1), .to = CpuId{1}}};
  ASSERT_TRUE(is_recycled_in_use(failing));
  // Without the idle op it fails only if there is one at the next point, too.
  const auto fails = [](const Schedule& s) {
    const bool is_late = std::ranges::any_of(
        s.preemptions, [](const Preemption& p) { return p.at == anchor(0, 0, 2); });
    return is_recycled_in_use(s) && is_late == (size_of(s).ops == 3);
  };
  ASSERT_TRUE(fails(failing));
  const Schedule small = smallest(failing, fails);
  EXPECT_EQ(size_of(small), (ScheduleSize{.ops = 3, .cpus = 2, .preemptions = 2}));
}

TEST(Minimize, LeavesOutAWalk) {
  Schedule failing = recycling_schedules(1)[0];
  failing.walk = 7;
  failing.walk_from = 200;
  EXPECT_FALSE(smallest(failing, &is_recycled_in_use).walk.has_value());
}

TEST(Minimize, StoppedItKeepsTheBestAndRunsNothingMore) {
  const Schedule failing = recycling_schedules(1)[0];
  ToyJudge judge(&is_recycled_in_use);
  std::uint64_t executions_when_stopped = 0;
  std::size_t ops_when_stopped = 0;
  const Minimized result = minimize(failing, kTable, judge, [&](const MinimizeProgress& now) {
    executions_when_stopped = judge.executions;
    ops_when_stopped = size_of(now.best).ops;
    return now.executions < 200;
  });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(judge.executions, executions_when_stopped);
  EXPECT_EQ(result.executions, executions_when_stopped);
  EXPECT_LE(size_of(result.schedule).ops, ops_when_stopped);
  EXPECT_TRUE(is_smaller(result.schedule, failing));
  EXPECT_TRUE(is_recycled_in_use(result.schedule));
}

TEST(Minimize, GivesTheSameResultAgain) {
  for (const Schedule& failing : recycling_schedules(3)) {
    ToyJudge first(&is_recycled_in_use);
    ToyJudge second(&is_recycled_in_use);
    EXPECT_EQ(minimize(failing, kTable, first).schedule,
              minimize(failing, kTable, second).schedule);
    EXPECT_EQ(first.executions, second.executions);
  }
}

}  // namespace
}  // namespace revenant
