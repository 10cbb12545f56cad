// Judges C6, that a failed pin means a free object: who meets one gives up, or starts again and
// leaves the section now and then, since no grace period ends before. Else livelock.
#include <string>

#include "kernel/engine.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

void SlabState::count_failed_pin(std::uintptr_t address, Site site) {
  if (!is_refcount(address)) return;
  const Engine machine = running();
  const CpuId cpu = machine.cpu();
  if (!machine.in_section(cpu)) return;
  FailedPins& failed = failed_pins_[index_of(cpu)];
  const std::uint32_t section = machine.section_start(cpu);
  if (failed.section_start != section) failed = {.section_start = section};
  if (++failed.count <= kMaxFailedPins) return;
  const std::string what =
      std::to_string(failed.count) + " pins failed in one read-side section, the last of";
  raise(FindingKind::kLivelock, what.c_str(), address, site);
}

std::uint32_t SlabState::failed_pins() const {
  const Engine machine = running();
  const CpuId cpu = machine.cpu();
  const FailedPins& failed = failed_pins_[index_of(cpu)];
  const bool is_of_this =
      machine.in_section(cpu) && failed.section_start == machine.section_start(cpu);
  return is_of_this ? failed.count : 0;
}

}  // namespace revenant::kernel
