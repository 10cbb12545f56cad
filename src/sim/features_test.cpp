#include "sim/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace revenant::sim {
namespace {

TEST(Features, EachFamilyHasItsPartOfTheCounters) {
  std::set<std::size_t> families;
  for (const Feature family : {Feature::kSwitch, Feature::kReadsFrom, Feature::kWaiterAtCount}) {
    std::set<std::size_t> parts;
    for (std::uint64_t key = 0; key < 10'000; ++key) {
      const std::size_t counter = counter_of(family, key);
      ASSERT_LT(counter, kFeatureCount);
      parts.insert(family_of(counter));
    }
    ASSERT_EQ(parts.size(), 1U);
    families.insert(*parts.begin());
  }
  EXPECT_EQ(families.size(), 3U);
}

TEST(Features, ACounterStopsAtItsHighest) {
  FeatureCounters counters{};
  for (int i = 0; i < 1000; ++i) count_feature(counters, Feature::kCount, 7);
  EXPECT_EQ(counters[counter_of(Feature::kCount, 7)], 255);
  EXPECT_EQ(std::ranges::count(counters, 0), static_cast<std::ptrdiff_t>(kFeatureCount) - 1);
}

}  // namespace
}  // namespace revenant::sim
