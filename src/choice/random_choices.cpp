#include "choice/random_choices.h"

#include <bit>

#include "base/check.h"

namespace revenant {

RandomChoices::RandomChoices(std::uint64_t seed)
    : rng_(seed),
      has_priorities_(!rng_.one_in(8)),
      disturb_one_in_(8U << rng_.below(7)),
      disturb_reader_one_in_(2U << rng_.below(4)) {
  for (std::int32_t& priority : priority_) {
    priority = static_cast<std::int32_t>(rng_.next() >> 33);  // Not negative.
  }
}

CpuId RandomChoices::next_cpu(const RunQuestion& question) {
  const auto& [at, runnable, in_section] = question;
  const bool is_disturbed = rng_.one_in(in_section ? disturb_reader_one_in_ : disturb_one_in_);
  if (has_priorities_) {
    if (is_disturbed) priority_[index_of(at.cpu)] = --lowest_;
    return highest(runnable);
  }
  const auto count = static_cast<std::uint32_t>(std::popcount(runnable));
  if ((runnable & mask_of(at.cpu)) == 0) return cyclic_cpu(at.cpu, runnable, rng_.below(count));
  return is_disturbed ? cyclic_cpu(at.cpu, runnable, 1 + rng_.below(count - 1)) : at.cpu;
}

CpuId RandomChoices::highest(CpuMask runnable) const {
  REVENANT_CHECK(runnable != 0 && runnable < (CpuMask{1} << kMaxCpus));
  std::uint32_t best = kMaxCpus;
  for (CpuMask left = runnable; left != 0; left &= left - 1) {
    const auto cpu = static_cast<std::uint32_t>(std::countr_zero(left));
    if (best == kMaxCpus || priority_[cpu] > priority_[best]) best = cpu;
  }
  return CpuId{static_cast<std::uint8_t>(best)};
}

std::uint32_t RandomChoices::pick(const Anchor& /*at*/, std::uint32_t count) {
  return rng_.one_in(4) ? rng_.below(count) : 0;
}

}  // namespace revenant
