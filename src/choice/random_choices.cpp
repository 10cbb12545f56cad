#include "choice/random_choices.h"

#include <bit>

namespace revenant {

RandomChoices::RandomChoices(std::uint64_t seed) : rng_(seed), preempt_one_in_(2U << rng_.below(4)) {}

CpuId RandomChoices::next_cpu(const Anchor& at, CpuMask runnable) {
  const auto count = static_cast<std::uint32_t>(std::popcount(runnable));
  if ((runnable & mask_of(at.cpu)) == 0) return cyclic_cpu(at.cpu, runnable, rng_.below(count));
  if (!rng_.one_in(preempt_one_in_)) return at.cpu;
  return cyclic_cpu(at.cpu, runnable, 1 + rng_.below(count - 1));
}

std::uint32_t RandomChoices::pick(const Anchor& /*at*/, std::uint32_t count) {
  return rng_.one_in(4) ? rng_.below(count) : 0;
}

}  // namespace revenant
