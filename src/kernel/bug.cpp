#include "kernel/bug.h"

#include <string>

#include "kernel/engine.h"

namespace revenant::kernel {

void bug(const char* condition, Site site) {
  running().raise(FindingKind::kBugOn, site, "BUG_ON(" + std::string(condition) + ")");
}

}  // namespace revenant::kernel
