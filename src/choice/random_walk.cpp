#include "choice/random_walk.h"

#include <bit>

namespace revenant {

CpuId RandomWalk::next_cpu(const RunQuestion& question) {
  const auto count = static_cast<std::uint32_t>(std::popcount(question.runnable));
  return cyclic_cpu(question.at.cpu, question.runnable, rng_.below(count));
}

std::uint32_t RandomWalk::pick(const Anchor& /*at*/, std::uint32_t count) {
  return rng_.below(count);
}

}  // namespace revenant
