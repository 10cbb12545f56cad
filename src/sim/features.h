// Features of a run: what a search takes as progress.
//
// Each feature has a saturating counter. Features come in families, and each family has a part of
// the counters to itself, so that a search can spend as much on a family of a few features as on
// one of thousands.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/rng.h"

namespace revenant::sim {

enum class Feature : std::uint8_t {
  kSwitch,          // Where one CPU stood still and another went on.
  kRecycledAccess,  // Where an object in a later life than its first was accessed, or a dead one.
  kReadsFrom,       // Which store of another CPU a load took its value from: see reads_from.h.
  kShape,           // What the subject's data look like.
  kWaiters,         // Where a CPU went to sleep, and how many then waited for the same.
  kCount,           // What a reference count came to while how many held or awaited the object.
  kHolderAtCount,   // The same, and where a holder stood.
  kWaiterAtCount,   // The same, and where a waiter stood.
  kReadSet,         // What still held of what a reader had read of a past life: kernel/read_sets.h.
};
inline constexpr std::size_t kFeatureFamilies = 9;
inline constexpr std::size_t kFeaturesPerFamily = 1024;
inline constexpr std::size_t kFeatureCount = kFeatureFamilies * kFeaturesPerFamily;
using FeatureCounters = std::array<std::uint8_t, kFeatureCount>;
// For each counter that is not zero, how many questions the run had asked when it began to count.
using FeatureMoments = std::array<std::uint16_t, kFeatureCount>;

// Two keys of a family may share a counter.
constexpr std::size_t counter_of(Feature family, std::uint64_t key) {
  return static_cast<std::size_t>(family) * kFeaturesPerFamily + mix64(key) % kFeaturesPerFamily;
}
constexpr std::size_t family_of(std::size_t counter) { return counter / kFeaturesPerFamily; }

inline void count_feature(FeatureCounters& counters, std::size_t counter) {
  if (counters[counter] != 255) ++counters[counter];
}
inline void count_feature(FeatureCounters& counters, Feature family, std::uint64_t key) {
  count_feature(counters, counter_of(family, key));
}

// How often something happened counts by its magnitude, each a feature of its own as libFuzzer has
// them: 1, 2, 3, 4-7, 8-15, ... Requires that it did.
constexpr std::uint8_t bucket_bit(std::uint8_t count) {
  if (count <= 3) return static_cast<std::uint8_t>(1U << (count - 1));
  const int width = std::bit_width(static_cast<unsigned>(count));  // 3 to 8
  return static_cast<std::uint8_t>(1U << std::min(width, 7));
}

// Keys of sites: lines, not names of files, which would have to be hashed at every step.
template <class... Sites>
constexpr std::uint64_t key_of(std::uint64_t number, Sites... sites) {
  ((number = number << 16 | (sites.line() & 0xffff)), ...);
  return number;
}

}  // namespace revenant::sim
