#include "kernel/rcupdate.h"

#include "kernel/bug.h"

namespace revenant::kernel {

void rcu_read_lock(Site site) {
  sim::Machine& machine = sim::running();
  machine.point(site);
  machine.rcu().read_lock(machine.cpu(), machine.step());
  did(sim::Primitive::kRcuReadLock, nullptr, true, site);
}

void rcu_read_unlock(Site site) {
  sim::Machine& machine = sim::running();
  machine.point(site);
  if (!machine.rcu().in_section(machine.cpu())) bug("rcu_read_unlock outside a section", site);
  machine.rcu_read_unlock();
  did(sim::Primitive::kRcuReadUnlock, nullptr, true, site);
}

void synchronize_rcu(Site site) {
  might_sleep(site);
  sim::Machine& machine = sim::running();
  machine.point(site);
  const sim::Rcu::GracePeriod grace_period = machine.rcu().begin(nullptr, nullptr);
  did(sim::Primitive::kSynchronizeRcuBegins, nullptr, true, site);
  machine.point(site);
  while (!machine.rcu().over(grace_period)) {
    machine.block_on(machine.rcu().channel(grace_period), nullptr, site);
  }
  machine.rcu().end(grace_period);
  did(sim::Primitive::kSynchronizeRcuEnds, nullptr, true, site);
}

void call_rcu(rcu_head* head, void (*function)(rcu_head*), Site site) {
  sim::Machine& machine = sim::running();
  machine.point(site);
  if (machine.rcu().is_queued(head)) {
    machine.raise(FindingKind::kDoubleFree, site, "call_rcu of a head that is queued already");
  }
  head->function = function;
  machine.call_rcu(
      [](void* argument) {
        auto* const queued = static_cast<rcu_head*>(argument);
        did(sim::Primitive::kRcuCallback, queued, true, Site::current());
        queued->function(queued);
      },
      head);
  did(sim::Primitive::kCallRcu, head, true, site);
}

void rcu_barrier(Site site) {
  might_sleep(site);
  sim::Machine& machine = sim::running();
  machine.point(site);
  const std::uint32_t ticket = machine.rcu().next_ticket();
  while (!machine.rcu().all_ran_before(ticket)) {
    machine.block_on(machine.rcu().barrier_channel(), nullptr, site);
  }
  did(sim::Primitive::kRcuBarrier, nullptr, true, site);
}

}  // namespace revenant::kernel
