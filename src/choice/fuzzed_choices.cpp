#include "choice/fuzzed_choices.h"

namespace revenant {

FuzzedChoices::FuzzedChoices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

CpuId FuzzedChoices::next_cpu(const RunQuestion& question) {
  const std::uint32_t count = count_of(question.runnable);
  return cyclic_cpu(question.at.cpu, question.runnable, pick(question.at, count));
}

std::uint32_t FuzzedChoices::pick(const Anchor& /*at*/, std::uint32_t count) {
  return bytes_.u8() % count;
}

}  // namespace revenant
