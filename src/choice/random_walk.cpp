#include "choice/random_walk.h"

namespace revenant {

CpuId RandomWalk::next_cpu(const RunQuestion& question) {
  return cyclic_cpu(question.at.cpu, question.runnable, rng_.below(count_of(question.runnable)));
}

std::uint32_t RandomWalk::pick(const Anchor& /*at*/, std::uint32_t count) {
  return rng_.below(count);
}

}  // namespace revenant
