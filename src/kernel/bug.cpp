#include "kernel/bug.h"

#include <string>

namespace revenant::kernel {

void bug(const char* condition, Site site) {
  sim::running().raise(FindingKind::kBugOn, site, "BUG_ON(" + std::string(condition) + ")");
}

}  // namespace revenant::kernel
