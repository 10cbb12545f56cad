// Choices out of a list of answers, and the means to make such a list.
//
// An answer is a number: for next_cpu how many places the CPU stands after the default in cyclic
// order, for pick the picked number. So the list of another run is usable too: an answer out of
// range counts modulo the number of answers, and past the end every answer is the default.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "choice/choices.h"

namespace revenant {

class RecordedChoices final : public Choices {
 public:
  // The list must outlive the object.
  explicit RecordedChoices(std::span<const std::uint32_t> answers);

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

 private:
  std::span<const std::uint32_t> answers_;
  std::size_t next_ = 0;
};

// Passes every question on to `source` and keeps its answers, the first `capacity` of them.
class RecordingChoices final : public Choices {
 public:
  RecordingChoices(Choices& source, std::size_t capacity);

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

  std::span<const std::uint32_t> answers() const { return {answers_.data(), count_}; }

 private:
  void keep(std::uint32_t answer);

  Choices& source_;
  std::vector<std::uint32_t> answers_;  // Sized once: nothing is allocated while CPUs run.
  std::size_t count_ = 0;
};

}  // namespace revenant
