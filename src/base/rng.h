// Integer-only pseudo-random numbers and mixing: equal on every machine, for ever.
#pragma once

#include <cstdint>

namespace revenant {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection whose output bits all depend
// on all input bits.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

// SplitMix64: one addition and one mix64 a number; any seed is as good as any other. The number is
// there before it is asked for, as a branch that depends on it cannot be foretold.
class Rng {
 public:
  constexpr explicit Rng(std::uint64_t seed) : state_(seed + kStep), next_(mix64(state_)) {}

  constexpr std::uint64_t next() {
    const std::uint64_t number = next_;
    next_ = mix64(state_ += kStep);
    return number;
  }

  // Uniform in [0, bound) up to a bias below 2^-32 * bound. Requires bound >= 1.
  constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  // True once in `n` times. Requires n >= 1.
  constexpr bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;

  std::uint64_t state_;
  std::uint64_t next_;
};

}  // namespace revenant
