#include "choice/random_choices.h"

#include <bit>

#include "base/check.h"

namespace revenant {

RandomChoices::RandomChoices(std::uint64_t seed)
    : rng_(seed),
      has_priorities_(!rng_.one_in(8)),
      disturb_one_in_(8U << rng_.below(5)),
      disturb_reader_one_in_(2U << rng_.below(3)),
      sleepers_come_last_(rng_.one_in(2)),
      hot_locks_(static_cast<std::uint8_t>(rng_.below(4))),
      disturb_holder_one_in_(2U << rng_.below(4)) {
  for (std::int32_t& priority : priority_) {
    priority = static_cast<std::int32_t>(rng_.next() >> 33);  // Not negative.
  }
}

CpuId RandomChoices::next_cpu(const RunQuestion& question) {
  const Anchor& at = question.at;
  const CpuMask runnable = question.runnable;
  const bool disturbed = is_disturbed(question);
  if (has_priorities_) {
    if (disturbed) lower(mask_of(at.cpu));
    if (sleepers_come_last_) lower(runnable & ~runnable_before_);
    runnable_before_ = runnable;
    return highest(runnable);
  }
  const std::uint32_t count = count_of(runnable);
  if ((runnable & mask_of(at.cpu)) == 0) return cyclic_cpu(at.cpu, runnable, rng_.below(count));
  return disturbed ? cyclic_cpu(at.cpu, runnable, 1 + rng_.below(count - 1)) : at.cpu;
}

bool RandomChoices::is_disturbed(const RunQuestion& question) {
  if (question.in_section) return rng_.one_in(disturb_reader_one_in_);
  const bool is_hot = question.locks_held != 0 && question.locks_held == hot_locks_;
  return rng_.one_in(is_hot ? disturb_holder_one_in_ : disturb_one_in_);
}

void RandomChoices::lower(CpuMask cpus) {
  for (; cpus != 0; cpus &= cpus - 1) {
    priority_[static_cast<std::size_t>(std::countr_zero(cpus))] = --lowest_;
  }
}

CpuId RandomChoices::highest(CpuMask runnable) const {
  REVENANT_CHECK(runnable != 0 && runnable < (CpuMask{1} << kMaxCpuIds));
  std::uint32_t best = kMaxCpuIds;
  for (CpuMask left = runnable; left != 0; left &= left - 1) {
    const auto cpu = static_cast<std::uint32_t>(std::countr_zero(left));
    if (best == kMaxCpuIds || priority_[cpu] > priority_[best]) best = cpu;
  }
  return CpuId{static_cast<std::uint8_t>(best)};
}

std::uint32_t RandomChoices::pick(const Anchor& /*at*/, std::uint32_t count) {
  return rng_.one_in(4) ? rng_.below(count) : 0;
}

}  // namespace revenant
