#include "bench/programs.h"

#include <gtest/gtest.h>

#include "bench/rig.h"
#include "choice/random_walk.h"

namespace revenant::bench {

void PrintTo(const BenchProgram& program, std::ostream* out) { *out << program.name; }

namespace {

class BenchPrograms : public testing::TestWithParam<BenchProgram> {};

TEST_P(BenchPrograms, ReachEachOfTheirOutcomesAndNoOtherAndFindNothing) {
  constexpr int kRuns = 20'000;
  Rig rig;
  RandomWalk choices(1);
  std::uint32_t outcomes = 0;
  for (int i = 0; i < kRuns; ++i) {
    ASSERT_TRUE(rig.run(GetParam(), choices)) << rig.machine().finding()->text;
    outcomes |= 1U << GetParam().outcome();
  }
  EXPECT_EQ(outcomes, GetParam().outcomes);
}

INSTANTIATE_TEST_SUITE_P(All, BenchPrograms, testing::ValuesIn(bench_programs()),
                         [](const auto& program) { return std::string(program.param.name); });

}  // namespace
}  // namespace revenant::bench
