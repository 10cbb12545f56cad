// What this build was made with.
#pragma once

#include <string_view>

namespace revenant {

// "none", "address,undefined", "address", "undefined" or "thread".
constexpr std::string_view sanitizer_name() {
#if defined(REVENANT_WITH_TSAN)
  return "thread";
#elif defined(REVENANT_WITH_ASAN) && defined(REVENANT_WITH_UBSAN)
  return "address,undefined";
#elif defined(REVENANT_WITH_ASAN)
  return "address";
#elif defined(REVENANT_WITH_UBSAN)
  return "undefined";
#else
  return "none";
#endif
}

}  // namespace revenant
