#include "choice/fuzzed_choices.h"

#include <bit>

namespace revenant {

FuzzedChoices::FuzzedChoices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

CpuId FuzzedChoices::next_cpu(const Anchor& at, CpuMask runnable) {
  return cyclic_cpu(at.cpu, runnable, pick(at, static_cast<std::uint32_t>(std::popcount(runnable))));
}

std::uint32_t FuzzedChoices::pick(const Anchor& /*at*/, std::uint32_t count) {
  return bytes_.u8() % count;
}

}  // namespace revenant
