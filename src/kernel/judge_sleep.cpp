// Judges C12, that nothing which may sleep is called where nothing may, whether or not it would
// have slept: inside a read-side section or in an RCU callback, sleep-in-rcu; under a spinlock,
// sleep-in-atomic.
#include <string>

#include "kernel/bug.h"
#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

void might_sleep(Site site) {
  const Engine machine = running();
  if (machine.cpu() == sim::kRcuCpu) {
    machine.raise(FindingKind::kSleepInRcu, site, "may sleep in an RCU callback");
  }
  if (machine.in_section(machine.cpu())) {
    machine.raise(FindingKind::kSleepInRcu, site, "may sleep inside an RCU read-side section");
  }
  if (const volatile void* const lock = lock_owners().any_spinlock_held()) {
    const Exclusive exclusive;  // To name it.
    machine.raise(FindingKind::kSleepInAtomic, site,
                  "may sleep and holds the spinlock " + slab().name_of(lock),
                  reinterpret_cast<std::uintptr_t>(lock));
  }
}

}  // namespace revenant::kernel
