#include "choice/random_pauses.h"

namespace revenant {

RandomPauses::RandomPauses(std::uint64_t seed)
    : rng_(seed), pause_one_in_(8U << rng_.below(7)), pause_reader_one_in_(2U << rng_.below(4)) {}

CpuId RandomPauses::next_cpu(const RunQuestion& question) {
  const CpuId self = question.at.cpu;
  if (!rng_.one_in(question.in_section ? pause_reader_one_in_ : pause_one_in_)) return self;
  const std::uint32_t others = count_of(question.runnable) - 1;
  return cyclic_cpu(self, question.runnable, 1 + rng_.below(others));
}

std::uint32_t RandomPauses::pick(const Anchor& /*at*/, std::uint32_t count) {
  return rng_.one_in(4) ? rng_.below(count) : 0;
}

}  // namespace revenant
