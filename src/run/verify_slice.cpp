#include "run/verify_slice.h"

namespace revenant {

double share_of(const VerifySlice& slice) {
  double share = 1;
  double left = 1;
  for (std::size_t i = 0; i < slice.path.size(); ++i) {
    share /= slice.path[i].count;
    if (i < slice.fixed) {
      left = share;
    } else {
      left -= share * slice.path[i].answer;
    }
  }
  return left;
}

std::optional<VerifySlice> cut_off(VerifySlice& slice) {
  for (std::size_t i = slice.fixed; i < slice.path.size(); ++i) {
    const VerifyDecision& decision = slice.path[i];
    if (decision.answer + 1 == decision.count) continue;
    VerifySlice rest{
        .path = {slice.path.begin(), slice.path.begin() + static_cast<std::ptrdiff_t>(i) + 1},
        .fixed = static_cast<std::uint32_t>(i)};
    ++rest.path.back().answer;
    slice.fixed = static_cast<std::uint32_t>(i) + 1;
    return rest;
  }
  return std::nullopt;
}

}  // namespace revenant
