#include "choice/recorded_choices.h"

namespace revenant {

RecordedChoices::RecordedChoices(std::span<const std::uint32_t> answers) : answers_(answers) {}

CpuId RecordedChoices::next_cpu(const RunQuestion& question) {
  const std::uint32_t count = count_of(question.runnable);
  return cyclic_cpu(question.at.cpu, question.runnable, pick(question.at, count));
}

std::uint32_t RecordedChoices::pick(const Anchor& /*at*/, std::uint32_t count) {
  return next_ < answers_.size() ? answers_[next_++] % count : 0;
}

RecordingChoices::RecordingChoices(Choices& source, std::size_t capacity)
    : source_(source), answers_(capacity) {}

CpuId RecordingChoices::next_cpu(const RunQuestion& question) {
  const CpuId chosen = source_.next_cpu(question);
  std::uint32_t steps = 0;
  while (cyclic_cpu(question.at.cpu, question.runnable, steps) != chosen) ++steps;
  keep(steps);
  return chosen;
}

std::uint32_t RecordingChoices::pick(const Anchor& at, std::uint32_t count) {
  const std::uint32_t chosen = source_.pick(at, count);
  keep(chosen);
  return chosen;
}

void RecordingChoices::keep(std::uint32_t answer) {
  if (count_ < answers_.size()) answers_[count_++] = answer;
}

}  // namespace revenant
