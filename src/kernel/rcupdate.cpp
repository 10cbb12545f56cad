#include "kernel/rcupdate.h"

#include "kernel/bug.h"
#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "kernel/weak_memory.h"

namespace revenant::kernel {
namespace {

void enter_section() {
  if (Engine::is_native()) return native::running->rcu_read_lock();
  sim::Machine& machine = sim::running();
  machine.rcu().read_lock(machine.cpu(), machine.step());
  if (WeakMemory* const weak = weak_memory()) weak->rcu_read_lock();
}

void leave_section() {
  if (Engine::is_native()) return native::running->rcu_read_unlock();
  if (WeakMemory* const weak = weak_memory()) weak->rcu_read_unlock();
  sim::running().rcu_read_unlock();
}

// No kernel has so many; here there is room for no more.
void check_room_for_grace_period(Site site) {
  if (running().has_room_for_grace_period()) return;
  running().raise(FindingKind::kLivelock, site,
                  "more grace periods at once than there is room for");
}

sim::Rcu::GracePeriod begin_in_sim(Site site) {
  if (Engine::is_native()) return {};
  check_room_for_grace_period(site);
  if (WeakMemory* const weak = weak_memory()) weak->begin_grace_period();
  return sim::running().rcu().begin(nullptr, nullptr);
}

void wait_for(sim::Rcu::GracePeriod grace_period, Site site) {
  if (Engine::is_native()) return native::running->synchronize_rcu();
  sim::Machine& machine = sim::running();
  while (!machine.rcu().over(grace_period)) {
    machine.block_on(machine.rcu().channel(grace_period), nullptr, site);
  }
  machine.rcu().end(grace_period);
  if (WeakMemory* const weak = weak_memory()) weak->end_grace_period();
}

// Waits on `channel` until all callbacks that the queue holds now have run.
template <class Queue>
void wait_for_callbacks(Queue& queue, const void* channel, Site site) {
  const std::uint32_t ticket = queue.next_ticket();
  while (!queue.all_ran_before(ticket)) running().block_on(channel, nullptr, site);
}

}  // namespace

void rcu_read_lock(Site site) {
  running().point(site);
  enter_section();
  did(sim::Primitive::kRcuReadLock, nullptr, true, site);
}

void rcu_read_unlock(Site site) {
  running().point(site);
  if (!running().in_section(running().cpu())) bug("rcu_read_unlock outside a section", site);
  leave_section();
  did(sim::Primitive::kRcuReadUnlock, nullptr, true, site);
}

void synchronize_rcu(Site site) {
  might_sleep(site);
  running().point(site);
  fence_full();
  const sim::Rcu::GracePeriod grace_period = begin_in_sim(site);
  did(sim::Primitive::kSynchronizeRcuBegins, nullptr, true, site);
  running().point(site);
  wait_for(grace_period, site);
  fence_full();
  did(sim::Primitive::kSynchronizeRcuEnds, nullptr, true, site);
}

void call_rcu(rcu_head* head, void (*function)(rcu_head*), Site site) {
  running().point(site);
  const Exclusive exclusive;
  if (running().queued_in(head, 1) != nullptr) {
    running().raise(FindingKind::kDoubleFree, site, "call_rcu of a head that is queued already",
                    reinterpret_cast<std::uintptr_t>(head));
  }
  slab().check_access_if_slab(Access::kWrite, head, sizeof *head, site);
  check_room_for_grace_period(site);
  head->function = function;
  if (WeakMemory* const weak = weak_memory()) weak->call_rcu();
  running().call_rcu(
      [](void* argument) {
        const CallbackScope scope;
        auto* const queued = static_cast<rcu_head*>(argument);
        fence_full();
        did(sim::Primitive::kRcuCallback, queued, true, Site::current());
        queued->function(queued);
        check_left_nothing("RCU callback", Site::current());
      },
      head);
  running().count_effect();
  did(sim::Primitive::kCallRcu, head, true, site);
}

void rcu_barrier(Site site) {
  might_sleep(site);
  running().point(site);
  const Exclusive exclusive;
  if (Engine::is_native()) {
    native::Machine& machine = *native::running;
    wait_for_callbacks(machine.callbacks(), machine.barrier_channel(), site);
    machine.see_callbacks();
  } else {
    wait_for_callbacks(sim::running().rcu(), sim::running().rcu().barrier_channel(), site);
    if (WeakMemory* const weak = weak_memory()) weak->smp_mb();
  }
  did(sim::Primitive::kRcuBarrier, nullptr, true, site);
}

}  // namespace revenant::kernel
