// RCU of the native machine: sections and grace periods are liburcu's, and TSan is told of them.
//
// A section that a grace period waits for is ordered before the grace period's end, and what came
// before a grace period's start before every section that it does not wait for. So a clock is
// released before liburcu is called, and acquired after: never too little, which would invent
// races.
#include "base/check.h"
#include "native/machine.h"
#include "sim/happens_before.h"

namespace revenant::native {

bool Machine::in_section(CpuId cpu) const { return cpus_[index_of(cpu)].nesting > 0; }

CpuMask Machine::in_sections() const {
  CpuMask mask = 0;
  for (const Cpu& cpu : cpus_) {
    if (cpu.nesting > 0) mask |= mask_of(cpu.id);
  }
  return mask;
}

std::uint32_t Machine::section_start(CpuId cpu) const { return cpus_[index_of(cpu)].section_start; }

void Machine::rcu_read_lock() {
  Cpu& me = *self_;
  if (me.nesting == 0) {
    me.section_start = step();
    options_.flavor.read_lock();
    sim::hb_acquire(&grace_periods_started_clock_);
  }
  ++me.nesting;
}

void Machine::rcu_read_unlock() {
  Cpu& me = *self_;
  REVENANT_CHECK(me.nesting > 0);
  if (--me.nesting > 0) return;
  sim::hb_release(&sections_ended_clock_);
  options_.flavor.read_unlock();
}

// A CPU that was unwound, or whose op forgot to.
void Machine::leave_sections(Cpu& cpu) {
  while (cpu.nesting > 0) rcu_read_unlock();
}

void Machine::synchronize_rcu() {
  Cpu& me = *self_;
  me.in_grace_period = true;
  stands_still(me);
  sim::hb_release(&grace_periods_started_clock_);
  {
    const sim::SyncIgnored liburcu;
    options_.flavor.synchronize();
  }
  sim::hb_acquire(&sections_ended_clock_);
  me.in_grace_period = false;
  if (is_stopping()) throw Abandoned{};
}

// --- Callbacks ---

void Machine::call_rcu(Callbacks::Function function, void* argument) {
  callbacks_.add(function, argument);
  ++callbacks_pending_;
  callbacks_added_.open();
}

void Machine::see_callbacks() { sim::hb_acquire(&callbacks_done_clock_); }

void Machine::rcu_thread(Cpu& cpu) {
  for (;;) {
    callbacks_added_.wait({.looks = 0});
    callbacks_added_.close();  // Before the look at quit_, whose opening would be lost otherwise.
    if (quit_ != 0) return;
    run_callbacks(cpu);
  }
}

// One grace period for all that are queued now.
void Machine::run_callbacks(Cpu& cpu) {
  ghost_lock_.lock();
  const bool is_empty = callbacks_.is_empty();
  const std::uint32_t queued = callbacks_.next_ticket();
  callbacks_.see_callers(queued);
  ghost_lock_.unlock();
  // Those that woke this thread may have run with the ones before them; then their run may be over.
  if (is_empty) return;
  sim::hb_release(&grace_periods_started_clock_);
  {
    const sim::SyncIgnored liburcu;
    options_.flavor.synchronize();
  }
  sim::hb_acquire(&sections_ended_clock_);
  ghost_lock_.lock();
  std::uint32_t count = 0;
  for (; !callbacks_.all_ran_before(queued); ++count) run_oldest_callback(cpu);
  ghost_lock_.unlock();
  stands_still(cpu);
  // Last of all: the run may be over now, and the next one begin.
  if (callbacks_pending_.fetch_sub(count) == count) futex_wake_all(callbacks_pending_);
}

void Machine::run_oldest_callback(Cpu& cpu) {
  const Callbacks::Callback callback = callbacks_.begin();
  ghost_lock_.unlock();
  // Each callback is an op of its own, so that its questions have anchors of their own.
  ++cpu.op;
  cpu.point = 0;
  cpu.is_running = true;
  try {
    point(Site::current());
    callback.function(callback.argument);
    raise_report(cpu);
  } catch (const Abandoned&) {
    REVENANT_CHECK(has_finding_);
  }
  leave_sections(cpu);
  cpu.is_running = false;
  sim::hb_release(&callbacks_done_clock_);
  sim::hb_release(&end_clock_);
  ghost_lock_.lock();
  callbacks_.ended();
  wake(barrier_channel());
}

}  // namespace revenant::native
