// Pauses: what a schedule's preemptions are where CPUs run at once.
//
// A CPU pauses for another one, which goes on at once if it was pausing itself. The pause ends when
// that one ends or waits, or when some CPU pauses for this one, or when it has lasted too long. Of
// several that wait for the same CPU the next in cyclic order goes on, and the others then wait for
// it: the default course of things in the sim engine. So a schedule without a walk, whose CPUs
// begin in turn, is likely to run as it does there, and one with a walk runs its CPUs truly at
// once.
#include "native/machine.h"

namespace revenant::native {

void Machine::begin_pause(Cpu& me, CpuId for_cpu) {
  me.is_pausing = true;
  me.pauses_for = for_cpu;
  me.may_go = 0;
}

void Machine::end_pause(Cpu& me) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + longest_pause_;
  while (me.may_go == 0 && !is_stopping()) {
    const auto left = end - Clock::now();
    if (left <= Clock::duration::zero()) break;
    futex_wait(me.may_go, 0, left);
  }
  ghost_lock_.lock();
  me.is_pausing = false;
  ghost_lock_.unlock();
}

void Machine::pause(Cpu& me, CpuId for_cpu) {
  feature(sim::Feature::kSwitch, sim::key_of(0, me.site));
  ghost_lock_.lock();
  const bool is_needed = can_go(for_cpu);
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
  cpu.may_go = 1;
  futex_wake_all(cpu.may_go);
}

bool Machine::can_go(CpuId cpu) const {
  const Cpu& other = cpus_[index_of(cpu)];
  return other.is_running && !other.in_grace_period && other.channel == nullptr;
}

// The CPU has ended, or waits for something.
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
    let_go(cpus_[index_of(next)]);
  }
  ghost_lock_.unlock();
}

}  // namespace revenant::native
