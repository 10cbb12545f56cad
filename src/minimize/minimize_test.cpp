#include "minimize/minimize.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace revenant {
namespace {

Schedule four_cpus_of_eight_ops() {
  Schedule schedule;
  schedule.cpus.resize(kMaxScheduleCpus);
  for (std::uint8_t cpu = 0; cpu < kMaxScheduleCpus; ++cpu) {
    for (std::uint8_t op = 0; op < kMaxOpsPerCpu; ++op) {
      schedule.cpus[cpu].push_back({.op = op});
      schedule.preemptions.push_back({.at = {.cpu = CpuId{cpu}, .op = op, .point = 3},
                                      .to = CpuId{static_cast<std::uint8_t>(3 - cpu)}});
      schedule.picks.push_back({.at = {.cpu = CpuId{cpu}, .op = op, .point = 1}, .value = op});
    }
  }
  normalize(schedule);
  return schedule;
}

TEST(Minimize, KeepsOnlyWhatThePredicateNeedsAndMovesAnchorsAlong) {
  const auto still_fails = [](const Schedule& s) {
    return std::ranges::any_of(s.preemptions, [&](const Preemption& p) {
      const std::uint32_t cpu = index_of(p.at.cpu);
      return cpu < s.cpus.size() && p.at.op < s.cpus[cpu].size() && s.cpus[cpu][p.at.op].op == 6 &&
             p.at.point == 3;
    });
  };
  const Schedule small = minimize(four_cpus_of_eight_ops(), still_fails);
  Schedule expected;
  expected.cpus.resize(1);
  expected.cpus[0].push_back({.op = 6});
  ASSERT_EQ(small.cpus, expected.cpus);
  ASSERT_EQ(small.preemptions.size(), 1U);
  EXPECT_EQ(small.preemptions[0].at, (Anchor{.cpu = CpuId{0}, .op = 0, .point = 3}));
  EXPECT_TRUE(small.picks.empty());
}

TEST(Minimize, ResultIsOneMinimal) {
  // Fails while at least three ops are left, whichever.
  const auto still_fails = [](const Schedule& s) {
    std::size_t ops = 0;
    for (const Ops& cpu : s.cpus) ops += cpu.size();
    return ops >= 3;
  };
  const Schedule small = minimize(four_cpus_of_eight_ops(), still_fails);
  EXPECT_EQ(small.cpus.size(), 1U);
  EXPECT_EQ(small.cpus[0].size(), 3U);
  EXPECT_TRUE(small.preemptions.empty());
}

}  // namespace
}  // namespace revenant
