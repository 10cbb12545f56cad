#include "sim/reads_from.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace revenant::sim {
namespace {

constexpr CpuId kCpu0{0};
constexpr CpuId kCpu1{1};
constexpr CpuId kCpu2{2};

TEST(ReadsFrom, ALoadOfWhatAnotherCpuStoredIsAFeatureOfBothSites) {
  ReadsFrom reads_from;
  reads_from.begin_run();
  const Site store = Site::current();
  const Site other_store = Site::current();
  const Site load = Site::current();
  reads_from.stored(0x1000, kCpu0, store);
  reads_from.stored(0x1008, kCpu0, other_store);
  const auto from_store = reads_from.loaded(0x1000, kCpu1, load);
  const auto from_other = reads_from.loaded(0x1008, kCpu1, load);
  ASSERT_TRUE(from_store && from_other);
  EXPECT_NE(*from_store, *from_other);
  EXPECT_EQ(*from_store, key_of(0, store, load));
}

TEST(ReadsFrom, OwnStoresAndUnknownOnesAreNone) {
  ReadsFrom reads_from;
  reads_from.begin_run();
  reads_from.stored(0x1000, kCpu0, Site::current());
  EXPECT_FALSE(reads_from.loaded(0x1000, kCpu0, Site::current()));
  EXPECT_FALSE(reads_from.loaded(0x2000, kCpu0, Site::current()));
  reads_from.begin_run();
  EXPECT_FALSE(reads_from.loaded(0x1000, kCpu1, Site::current()));
}

TEST(ReadsFrom, TellsAFirstLookFromTheSameAgainAndFromAChange) {
  ReadsFrom reads_from;
  reads_from.begin_run();
  const Site store = Site::current();
  const Site load = Site::current();
  std::vector<std::uint64_t> keys;
  reads_from.stored(0x1000, kCpu0, store);
  keys.push_back(reads_from.loaded(0x1000, kCpu1, load).value());
  keys.push_back(reads_from.loaded(0x1000, kCpu1, load).value());
  reads_from.stored(0x1000, kCpu2, store);
  keys.push_back(reads_from.loaded(0x1000, kCpu1, load).value());
  EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), 3U);
}

TEST(ReadsFrom, LocationsBeyondItsCapacityAreLeftOut) {
  ReadsFrom reads_from;
  reads_from.begin_run();
  int seen = 0;
  for (std::uintptr_t address = 8; address <= 8 * 5000; address += 8) {
    reads_from.stored(address, kCpu0, Site::current());
    if (reads_from.loaded(address, kCpu1, Site::current())) ++seen;
  }
  EXPECT_EQ(seen, 1024);
}

}  // namespace
}  // namespace revenant::sim
