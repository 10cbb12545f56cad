// Judges C12, that nothing which may sleep is called inside a read-side section, nor in an RCU
// callback, whether or not it would have slept: sleep-in-rcu. That nothing sleeps under a spinlock
// is not judged.
#include <string>

#include "kernel/bug.h"
#include "kernel/engine.h"

namespace revenant::kernel {

void might_sleep(Site site) {
  const Engine machine = running();
  if (machine.cpu() != sim::kRcuCpu && !machine.in_section(machine.cpu())) return;
  const char* const where =
      machine.cpu() == sim::kRcuCpu ? "in an RCU callback" : "inside an RCU read-side section";
  machine.raise(FindingKind::kSleepInRcu, site, std::string("may sleep ") + where);
}

}  // namespace revenant::kernel
