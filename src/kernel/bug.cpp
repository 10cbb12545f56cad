#include "kernel/bug.h"

#include <string>

#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

void bug(const char* condition, Site site) {
  running().raise(FindingKind::kBugOn, site, "BUG_ON(" + std::string(condition) + ")");
}

void check_left_nothing(const char* what, Site site) {
  const Engine machine = running();
  const std::string text = what;
  if (machine.in_section(machine.cpu())) {
    machine.raise(FindingKind::kBugOn, site, text + " ends inside an RCU read-side section");
  }
  if (const volatile void* const lock = lock_owners().any_held()) {
    const Exclusive exclusive;  // To name it.
    machine.raise(FindingKind::kBugOn, site, text + " ends with " + slab().name_of(lock) + " held");
  }
}

}  // namespace revenant::kernel
