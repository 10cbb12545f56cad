#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace revenant {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "revenant: harness bug: %s:%d: check failed: %s\n", file, line, condition);
  std::fflush(nullptr);
  std::abort();
}

}  // namespace revenant
