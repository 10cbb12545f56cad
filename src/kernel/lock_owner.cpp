#include "kernel/lock_owner.h"

#include <string>

#include "base/check.h"
#include "kernel/engine.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

LockOwners& lock_owners() {
  static constinit LockOwners owners{};
  return owners;
}

LockOwners::Held& LockOwners::mine() { return held_[index_of(running().cpu())]; }

void LockOwners::begin_run() {
  for (Held& held : held_) held.count = 0;
}

void LockOwners::took(const volatile void* lock, std::size_t size_bytes, Waiters waiters) {
  Held& held = mine();
  const Engine machine = running();
  if (held.count == kMaxHeld) {
    machine.raise(FindingKind::kBugOn, machine.site_of(machine.cpu()),
                  "takes " + slab().name_of(lock) + " and holds " + std::to_string(kMaxHeld) +
                      " locks already, for more of which there is no room");
  }
  Lock& taken = held.locks[held.count++];
  taken = {.address = lock, .size_bytes = size_bytes, .waiters = waiters};
  if (machine.in_section(machine.cpu())) taken.section_start = machine.section_start(machine.cpu());
  machine.set_locks_held(held.count);
}

void LockOwners::released(const volatile void* lock) {
  Held& held = mine();
  for (std::size_t i = held.count; i > 0; --i) {
    if (held.locks[i - 1].address != lock) continue;
    held.locks[i - 1] = held.locks[--held.count];
    running().set_locks_held(held.count);
    return;
  }
  check_failed("released a lock that this CPU does not hold", __FILE__, __LINE__);
}

bool LockOwners::holds(CpuId cpu, const volatile void* lock) const {
  const Held& held = held_[index_of(cpu)];
  for (std::size_t i = 0; i < held.count; ++i) {
    if (held.locks[i].address == lock) return true;
  }
  return false;
}

const volatile void* LockOwners::any_held() const {
  const Held& held = held_[index_of(running().cpu())];
  return held.count == 0 ? nullptr : held.locks[0].address;
}

const volatile void* LockOwners::any_spinlock_held() const {
  const Held& held = held_[index_of(running().cpu())];
  for (std::size_t i = 0; i < held.count; ++i) {
    if (held.locks[i].waiters == Waiters::kSpin) return held.locks[i].address;
  }
  return nullptr;
}

}  // namespace revenant::kernel
