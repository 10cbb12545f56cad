#include "schedule/program_drawer.h"

#include <gtest/gtest.h>

#include <set>

#include "schedule/fake_ops.h"

namespace revenant {
namespace {

constexpr CpuId kCpu0{0};

// A program of one CPU, as it is drawn where every op is idle, or none is.
Ops drawn(Schedule start, std::uint32_t seed, bool walks, bool idle) {
  const OpTable table(kFakeOps);
  start.walk = seed;
  ProgramDrawer drawer(table, start);
  Ops kept;
  while (const std::optional<OpCall> call = drawer.next(kCpu0, walks)) {
    if (drawer.keeps(kCpu0, idle)) kept.push_back(*call);
  }
  return kept;
}

Schedule empty_start() {
  Schedule start;
  start.cpus.resize(1);
  start.walk = 1;
  start.draws = true;
  return start;
}

Schedule start_of_three(std::uint16_t walk_from) {
  const OpTable table(kFakeOps);
  Schedule start = empty_start();
  for (std::uint32_t number = 0; number < 3; ++number) start.cpus[0].push_back(table.call(number));
  start.walk_from = walk_from;
  return start;
}

TEST(ProgramDrawer, DrawsProgramsOfFullLengthAndEveryOp) {
  const OpTable table(kFakeOps);
  std::set<std::size_t> lengths;
  std::set<std::uint32_t> numbers;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const Ops ops = drawn(empty_start(), seed, true, false);
    lengths.insert(ops.size());
    for (const OpCall& call : ops) numbers.insert(table.number(call));
  }
  EXPECT_EQ(lengths, (std::set<std::size_t>{kMaxOpsPerCpu}));
  EXPECT_EQ(numbers.size(), table.size());
}

TEST(ProgramDrawer, TheSameSeedDrawsTheSame) {
  EXPECT_EQ(drawn(empty_start(), 7, true, false), drawn(empty_start(), 7, true, false));
  EXPECT_NE(drawn(empty_start(), 7, true, false), drawn(empty_start(), 8, true, false));
}

TEST(ProgramDrawer, AnIdleOpGivesItsPlaceToAnotherSoOftenAndNoOftener) {
  const OpTable table(kFakeOps);
  const Schedule start = empty_start();
  ProgramDrawer drawer(table, start);
  for (std::uint32_t i = 1; i < ProgramDrawer::kMaxIdle; ++i) {
    ASSERT_TRUE(drawer.next(kCpu0, true).has_value());
    ASSERT_FALSE(drawer.keeps(kCpu0, true));
  }
  ASSERT_TRUE(drawer.next(kCpu0, true).has_value());
  EXPECT_TRUE(drawer.keeps(kCpu0, true));
}

TEST(ProgramDrawer, AProgramOfIdleOpsEndsToo) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    EXPECT_LE(drawn(empty_start(), seed, true, true).size(), kMaxOpsPerCpu);
  }
}

TEST(ProgramDrawer, UsesTheOpsOfTheStartWhereNoWalkTakesOver) {
  for (const bool walks : {false, true}) {
    const Schedule start = start_of_three(0);
    const Ops ops = drawn(start, 3, walks, true);
    ASSERT_GE(ops.size(), 3U);
    EXPECT_TRUE(std::equal(start.cpus[0].begin(), start.cpus[0].end(), ops.begin()));
  }
}

TEST(ProgramDrawer, DrawsTheRestOnceAWalkHasTakenOver) {
  const OpTable table(kFakeOps);
  Schedule start = start_of_three(5);
  std::set<std::uint32_t> second;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    start.walk = seed;
    ProgramDrawer drawer(table, start);
    ASSERT_EQ(drawer.next(kCpu0, false), start.cpus[0][0]);
    ASSERT_TRUE(drawer.keeps(kCpu0, true)) << "an op of the start stays";
    if (const auto call = drawer.next(kCpu0, true)) second.insert(table.number(*call));
  }
  EXPECT_GT(second.size(), 5U);
}

TEST(DrawnAhead, FillsEachCpuBehindItsOwnOps) {
  const OpTable table(kFakeOps);
  Schedule schedule = start_of_three(5);
  schedule.cpus.emplace_back();
  const OpsByCpu program = drawn_ahead(table, schedule);
  ASSERT_EQ(program.size(), 2U);
  const Ops& given = schedule.cpus[0];
  EXPECT_TRUE(std::equal(given.begin(), given.end(), program[0].begin()));
  for (const Ops& ops : program) EXPECT_EQ(ops.size(), kMaxOpsPerCpu);
  EXPECT_EQ(drawn_ahead(table, schedule), program);
}

TEST(DrawnAhead, IsWhatIsGivenWhereNothingIsToBeDrawn) {
  const OpTable table(kFakeOps);
  Schedule schedule = start_of_three(5);
  schedule.draws = false;
  EXPECT_EQ(drawn_ahead(table, schedule), schedule.cpus);
}

}  // namespace
}  // namespace revenant
