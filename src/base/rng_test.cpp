#include "base/rng.h"

#include <gtest/gtest.h>

#include <array>

namespace revenant {
namespace {

TEST(Rng, GivesTheNumbersOfTheReferenceImplementation) {
  // First outputs of SplitMix64 for seed 1234567, as published with the reference code.
  Rng rng(1234567);
  EXPECT_EQ(rng.next(), 6457827717110365317U);
  EXPECT_EQ(rng.next(), 3203168211198807973U);
  EXPECT_EQ(rng.next(), 9817491932198370423U);
}

TEST(Rng, BelowReachesEveryValueAndNoOther) {
  Rng rng(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) {
    const std::uint32_t value = rng.below(7);
    ASSERT_LT(value, 7U);
    ++seen.at(value);
  }
  for (const int count : seen) EXPECT_GT(count, 800);
}

}  // namespace
}  // namespace revenant
