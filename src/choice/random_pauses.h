// Where one CPU among others that run at once pauses, and for whom, out of a seeded random stream.
//
// As with RandomChoices, how often is drawn too, and read-side sections are disturbed more often
// than other code.
#pragma once

#include "base/rng.h"
#include "choice/choices.h"

namespace revenant {

class RandomPauses final : public Choices {
 public:
  explicit RandomPauses(std::uint64_t seed);

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

 private:
  Rng rng_;
  std::uint32_t pause_one_in_;
  std::uint32_t pause_reader_one_in_;
};

}  // namespace revenant
