#include "choice/choices.h"

#include <bit>

#include "base/check.h"

namespace revenant {
namespace {

// The members of `mask` seen from `first` upwards, wrapping round: bit 0 is CPU `first`.
CpuMask rotate(CpuMask mask, CpuId first) {
  return std::rotr(mask, static_cast<int>(index_of(first)));
}

}  // namespace

CpuId cyclic_cpu(CpuId current, CpuMask runnable, std::uint32_t steps) {
  REVENANT_CHECK(runnable != 0);
  CpuMask seen = rotate(runnable, current);
  for (; steps > 0; --steps) seen &= seen - 1;
  REVENANT_CHECK(seen != 0);
  const auto distance = static_cast<std::uint32_t>(std::countr_zero(seen));
  return CpuId{static_cast<std::uint8_t>((index_of(current) + distance) % 32)};
}

}  // namespace revenant
