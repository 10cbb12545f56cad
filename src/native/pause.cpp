// Pauses: what a schedule's preemptions are where CPUs run at once.
//
// A CPU pauses for another one, which goes on at once if it was pausing itself. The pause ends when
// that one ends or waits, or when some CPU pauses for this one, or when that one has passed so many
// points that it must have had its chance: points and not time, which is different on each machine
// and under each sanitizer. Of
// several that wait for the same CPU the next in cyclic order goes on, and the others then wait for
// it: the default course of things in the sim engine. So a schedule without a walk, whose CPUs
// begin in turn, is likely to run as it does there, and one with a walk runs its CPUs truly at
// once.
#include "native/machine.h"

namespace revenant::native {

void Machine::begin_pause(Cpu& me, CpuId for_cpu) {
  me.is_pausing = true;
  me.pauses_for = for_cpu;
  me.may_go.close();
  cpus_[index_of(for_cpu)].points_left = longest_pause_points_;
}

void Machine::end_pause(Cpu& me) {
  if (me.may_go.wait({.at_most = options_.longest_pause})) return;
  ghost_lock_.lock();
  me.is_pausing = false;
  ghost_lock_.unlock();
}

void Machine::pause(Cpu& me, CpuId for_cpu) {
  feature(sim::Feature::kSwitch, sim::key_of(0, me.site));
  ghost_lock_.lock();
  const bool is_needed = can_go(for_cpu) && !is_stopping();
  if (is_needed) {
    let_go(cpus_[index_of(for_cpu)]);
    begin_pause(me, for_cpu);
  }
  ghost_lock_.unlock();
  if (is_needed) end_pause(me);
}

void Machine::let_go(Cpu& cpu) {
  if (!cpu.is_pausing) return;
  cpu.is_pausing = false;
  Gate& gate = cpu.has_begun ? cpu.may_go : cpu.start;
  cpu.has_begun = true;
  gate.open();
}

// Those that still wait for their turn.
void Machine::begin_all() {
  ghost_lock_.lock();
  for (std::uint32_t i = 1; i < cpu_count_; ++i) {
    if (!cpus_[i].has_begun) let_go(cpus_[i]);
  }
  ghost_lock_.unlock();
}

bool Machine::can_go(CpuId cpu) const {
  const Cpu& other = cpus_[index_of(cpu)];
  return other.is_running && !other.in_grace_period && other.channel == nullptr;
}

// The CPU has ended, or waits for something, or has had its time.
void Machine::stands_still(const Cpu& cpu) {
  ghost_lock_.lock();
  CpuMask waiting = 0;
  for (const Cpu& other : cpus_) {
    if (other.is_pausing && other.pauses_for == cpu.id) waiting |= mask_of(other.id);
  }
  if (waiting != 0) {
    const CpuId next = default_cpu(cpu.id, waiting);
    for (Cpu& other : cpus_) {
      if ((waiting & mask_of(other.id)) != 0) other.pauses_for = next;
    }
    Cpu& goes_on = cpus_[index_of(next)];
    goes_on.points_left = longest_pause_points_;
    let_go(goes_on);
  }
  ghost_lock_.unlock();
}

}  // namespace revenant::native
