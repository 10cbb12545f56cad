// Choices out of a seeded random stream: a random walk over the interleavings.
//
// The seed also decides how restless the walk is: a CPU is preempted at one in 2, 4, 8 or 16
// scheduling points. Few preemptions reach deep into an op, many reach the short windows. A picked
// number is the default three times in four, since bugs of recycling want recycling.
#pragma once

#include "base/rng.h"
#include "choice/choices.h"

namespace revenant {

class RandomChoices final : public Choices {
 public:
  explicit RandomChoices(std::uint64_t seed);

  CpuId next_cpu(const Anchor& at, CpuMask runnable) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

 private:
  Rng rng_;
  std::uint32_t preempt_one_in_;
};

}  // namespace revenant
