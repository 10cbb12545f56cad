#include "kernel/bug.h"

#include <string>

namespace revenant::kernel {

void bug(const char* condition, Site site) {
  sim::running().raise(FindingKind::kBugOn, site, "BUG_ON(" + std::string(condition) + ")");
}

void might_sleep(Site site) {
  sim::Machine& machine = sim::running();
  if (machine.cpu() != sim::kRcuCpu && !machine.rcu().in_section(machine.cpu())) return;
  const char* const where =
      machine.cpu() == sim::kRcuCpu ? "in an RCU callback" : "inside an RCU read-side section";
  machine.raise(FindingKind::kSleepInRcu, site, std::string("may sleep ") + where);
}

}  // namespace revenant::kernel
