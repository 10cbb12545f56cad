// Read-side sections, grace periods, and the accessors of RCU-protected pointers.
//
// Sections nest per CPU and may be preempted. A grace period ends at any moment at which every
// reader that was inside when it began has left; which moment is up to the schedule.
// Ordering  rcu_assign_pointer is a release; rcu_dereference orders what depends on the pointer,
//           which TSan is told as an acquire. Sections and grace periods: see src/sim/rcu.h.
// Sleeps    synchronize_rcu and rcu_barrier do; where nothing may, that is a finding of might_sleep
//           (bug.h).
#pragma once

#include "kernel/barrier.h"

namespace revenant::kernel {

// One scheduling point each.
void rcu_read_lock(Site site = Site::current());
// A finding bug-on without a section to leave.
void rcu_read_unlock(Site site = Site::current());

// Returns after a grace period that begins now. Two scheduling points or more.
void synchronize_rcu(Site site = Site::current());

struct rcu_head {
  void (*function)(rcu_head*) = nullptr;
};

// Runs function(head) after a grace period that begins now, on the CPU that runs callbacks;
// callbacks may run in any order. One scheduling point. A callback may queue its own head again.
// Findings: double-free if the head is queued already; use-after-free if it lies in a freed object;
// livelock where too many wait; bug-on if the callback ends with a lock held or inside a section.
void call_rcu(rcu_head* head, void (*function)(rcu_head*), Site site = Site::current());

// Returns when every callback queued so far has run.
void rcu_barrier(Site site = Site::current());

template <class T>
[[gnu::always_inline]] inline T* rcu_dereference(T* const& pointer, Site site = Site::current()) {
  begin_access(Access::kRead, &pointer, sizeof pointer, site);
  T* const value = detail::load_word<__ATOMIC_ACQUIRE, memory::Order::kRelaxed>(&pointer);
  did_load(sim::Primitive::kRcuDereference, &pointer, sizeof pointer, bits_of(value), site);
  return value;
}

template <class T>
[[gnu::always_inline]] inline void rcu_assign_pointer(T*& pointer, std::type_identity_t<T>* value,
                                                      Site site = Site::current()) {
  begin_access(Access::kWrite, &pointer, sizeof pointer, site);
  detail::store_release<T*>(&pointer, value);
  did_store(sim::Primitive::kRcuAssignPointer, &pointer, bits_of(value), site);
}

}  // namespace revenant::kernel
