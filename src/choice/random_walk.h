// The plain random walk: at every question any CPU that can run goes on, each as likely as any
// other. What other policies are measured against.
#pragma once

#include "base/rng.h"
#include "choice/choices.h"

namespace revenant {

class RandomWalk final : public Choices {
 public:
  explicit RandomWalk(std::uint64_t seed) : rng_(seed) {}

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

 private:
  Rng rng_;
};

}  // namespace revenant
