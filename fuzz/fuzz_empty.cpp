// The yardstick of ci/bench.sh: what libFuzzer itself costs with counters of the same size.
#include <cstddef>
#include <cstdint>

#include "sim/features.h"

namespace {
[[gnu::used,
  gnu::section("__libfuzzer_extra_counters")]] alignas(64) revenant::sim::FeatureCounters counters;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* /*data*/, std::size_t /*size_bytes*/) {
  return 0;
}
