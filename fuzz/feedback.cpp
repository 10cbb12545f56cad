#include "feedback.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "other_engines.h"

// NOLINTBEGIN(readability-identifier-naming): the engines' names.
extern "C" {
[[gnu::weak]] void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* start, std::uint32_t* stop);
[[gnu::weak]] void __sanitizer_cov_8bit_counters_init(char* start, char* stop);
}
// NOLINTEND(readability-identifier-naming)

namespace revenant {
namespace {

// `used` and `retain`, or the linker drops what is only written.
[[gnu::used, gnu::section("__libfuzzer_extra_counters")]] alignas(64) sim::FeatureCounters counters;
static_assert(sizeof(sim::FeatureCounters) % 8 == 0 && sizeof(sim::FeatureCounters) <= 16 * 1024);

// Where each counter is in AFL++'s map; given out by its runtime.
std::array<std::uint32_t, sim::kFeatureCount> afl_guards;

// Each is (domain << 32) + number. A domain of the target's own for each family.
[[gnu::used, gnu::retain, gnu::section("__centipede_extra_features")]] alignas(
    8) std::array<std::uint64_t, sim::kFeatureCount> centipede_features;
constexpr std::size_t kCentipedeUserDomains = 16;
static_assert(sim::kFeatureFamilies <= kCentipedeUserDomains);

// Before main: both engines settle then how many there are.
[[gnu::constructor]] void announce_counters() {
  if (&__afl_area_ptr != nullptr && __sanitizer_cov_trace_pc_guard_init != nullptr) {
    __sanitizer_cov_trace_pc_guard_init(afl_guards.data(), afl_guards.data() + afl_guards.size());
  }
  if (HonggfuzzFetchData != nullptr && __sanitizer_cov_8bit_counters_init != nullptr) {
    auto* const start = reinterpret_cast<char*>(counters.data());
    __sanitizer_cov_8bit_counters_init(start, start + counters.size());
  }
}

// Calls `take(counter, value)` for each that is not zero, and clears it. Most are, so eight are
// looked at at once.
template <class Take>
void take_counters(Take take) {
  for (std::size_t word = 0; word < counters.size(); word += 8) {
    std::uint64_t values = 0;
    std::memcpy(&values, &counters[word], sizeof values);
    if (values == 0) continue;
    for (std::size_t i = word; i < word + 8; ++i) {
      if (counters[i] != 0) take(i, counters[i]);
      counters[i] = 0;
    }
  }
}

void hand_on_to_afl(std::size_t counter, std::uint8_t value) {
  unsigned char& cell = __afl_area_ptr[afl_guards[counter]];
  cell = static_cast<unsigned char>(std::min(255, cell + value));
}

// How often counts too, by its magnitude, as it does to the other engines.
std::uint64_t centipede_feature(std::size_t counter, std::uint8_t value) {
  const std::uint64_t domain = sim::family_of(counter);
  const auto magnitude = static_cast<std::uint64_t>(std::bit_width(value) - 1);
  // From 1: zero is no feature.
  return (domain << 32) + counter % sim::kFeaturesPerFamily * 8 + magnitude + 1;
}

}  // namespace

sim::FeatureCounters& feedback_counters() { return counters; }

void hand_on_feedback() {
  if (&__afl_area_ptr != nullptr) {
    take_counters(hand_on_to_afl);
  } else if (CentipedeIsPresent != nullptr) {
    std::size_t next = 0;
    take_counters([&next](std::size_t counter, std::uint8_t value) {
      centipede_features[next++] = centipede_feature(counter, value);
    });
  }
}

}  // namespace revenant
