// The libFuzzer target of one subject in one engine: bytes are a schedule.
#include <optional>

#include "fuzz_target.h"

namespace {
std::optional<revenant::FuzzTarget> target;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  target.emplace(REVENANT_SUBJECT, REVENANT_ENGINE, argc, argv);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target->run({data, size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return target->mutate(data, size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size,
                                                 const std::uint8_t* b, std::size_t b_size,
                                                 std::uint8_t* out, std::size_t max_out_size,
                                                 unsigned seed) {
  return target->cross_over({a, a_size}, {b, b_size}, {out, max_out_size}, seed);
}
