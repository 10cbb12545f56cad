#include "choice/walk.h"

#include <gtest/gtest.h>

#include <array>

namespace revenant {
namespace {

constexpr CpuMask kTwo = 0b11;
constexpr CpuMask kThree = 0b111;

CpuId next(Walk& walk, CpuMask runnable, CpuId at) {
  return walk.choices().next_cpu({.at = {.cpu = at}, .runnable = runnable});
}

TEST(Walk, TheSameSeedGivesTheSameAnswers) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Walk a(seed);
    Walk b(seed);
    CpuId at{};
    for (int i = 0; i < 20; ++i) {
      const CpuId chosen = next(a, kThree, at);
      ASSERT_EQ(chosen, next(b, kThree, at)) << "seed " << seed;
      ASSERT_EQ(a.choices().pick({}, 5), b.choices().pick({}, 5)) << "seed " << seed;
      at = chosen;
    }
  }
}

TEST(Walk, ThePlainOneNextToAnyIsPlain) {
  int plain = 0;
  for (std::uint32_t seed = 0; seed < 640; ++seed) {
    EXPECT_TRUE(is_plain_walk(plain_walk(seed)));
    if (is_plain_walk(seed)) ++plain;
  }
  EXPECT_EQ(plain, 10);
}

// Two CPUs of three steps each: in a plain walk each of the first three answers is even, so the CPU
// that starts ends before the other begins in one run of eight.
TEST(Walk, APlainOneChoosesEvenlyAtEveryQuestion) {
  constexpr int kRuns = 8'000;
  int uninterrupted = 0;
  std::array<int, 2> first{};
  for (std::uint32_t run = 0; run < kRuns; ++run) {
    Walk walk(run * kPlainOneIn);
    const std::array<CpuId, 3> chosen{next(walk, kTwo, CpuId{0}), next(walk, kTwo, CpuId{0}),
                                      next(walk, kTwo, CpuId{0})};
    ++first[index_of(chosen[0])];
    if (chosen[0] == chosen[1] && chosen[1] == chosen[2] && chosen[0] == CpuId{0}) ++uninterrupted;
  }
  EXPECT_NEAR(first[0], kRuns / 2, 200);
  EXPECT_NEAR(uninterrupted, kRuns / 8, 150);
}

}  // namespace
}  // namespace revenant
