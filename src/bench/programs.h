// Small concurrent programs in the kernel's words, which engines are compared by.
//
// Each judges itself with BUG_ON, and says what a run came to, so that a test can see that every
// outcome is reached and no other: a fast engine that explores nothing would not pass.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "choice/choices.h"

namespace revenant::bench {

struct BenchProgram {
  std::string_view name;
  std::string_view summary;
  std::uint32_t cpu_count = 0;
  void (*set_up)() = nullptr;  // Outside any CPU; must not yield.
  void (*run)(CpuId cpu) = nullptr;
  std::uint32_t (*outcome)() = nullptr;  // Of the last run, in [0, 32).
  std::uint32_t outcomes = 0;            // Those that there are, a bit for each.
};

std::span<const BenchProgram> bench_programs();

}  // namespace revenant::bench
