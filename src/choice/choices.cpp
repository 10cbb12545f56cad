#include "choice/choices.h"

#include "base/check.h"

namespace revenant {

CpuId cyclic_cpu(CpuId current, CpuMask runnable, std::uint32_t steps) {
  REVENANT_CHECK(runnable < CpuMask{1} << kMaxCpuIds);
  const std::uint32_t count = count_of(runnable);
  REVENANT_CHECK(steps < count);
  std::uint32_t place = count_of(runnable & (mask_of(current) - 1)) + steps;
  if (place >= count) place -= count;
  return member_of(runnable, place);
}

}  // namespace revenant
