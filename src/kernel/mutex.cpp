#include "kernel/mutex.h"

#include <string>

#include "kernel/access.h"
#include "kernel/bug.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"
#include "sim/happens_before.h"

namespace revenant::kernel {
namespace {

std::uint32_t me() { return index_of(sim::running().cpu()) + 1; }

void take(mutex* lock) {
  lock->owner = me();
  lock_owners().took(lock, sizeof *lock);
  sim::hb_acquire(lock);
}

}  // namespace

void mutex_init(mutex* lock) { lock->owner = 0; }

void mutex_lock(mutex* lock, Site site) {
  might_sleep(site);
  begin_access(Access::kLock, lock, sizeof *lock, site);
  if (lock->owner == me()) {
    sim::running().raise(FindingKind::kDeadlock, site,
                         "locks " + slab().name_of(lock) + ", which it already holds");
  }
  while (lock->owner != 0) {
    sim::running().block_on(lock, lock, site);
    slab().check_access_if_slab(Access::kLock, lock, sizeof *lock, site);
  }
  take(lock);
  did(sim::Primitive::kMutexLock, lock, true, site);
}

bool mutex_trylock(mutex* lock, Site site) {
  begin_access(Access::kLock, lock, sizeof *lock, site);
  const bool free = lock->owner == 0;
  if (free) take(lock);
  did(sim::Primitive::kMutexTrylock, lock, free, site);
  return free;
}

void mutex_unlock(mutex* lock, Site site) {
  begin_access(Access::kLock, lock, sizeof *lock, site);
  if (lock->owner != me() || !lock_owners().holds(sim::running().cpu(), lock)) {
    const std::string holder =
        lock->owner == 0 ? "nobody does" : "CPU " + std::to_string(lock->owner - 1) + " does";
    sim::running().raise(FindingKind::kWrongUnlock, site,
                         "unlocks " + slab().name_of(lock) + ", which it does not hold: " + holder);
  }
  lock_owners().released(lock);
  lock->owner = 0;
  sim::hb_release(lock);
  sim::running().wake(lock);
  did(sim::Primitive::kMutexUnlock, lock, true, site);
}

bool mutex_is_locked(const mutex* lock, Site site) {
  begin_access(Access::kLock, lock, sizeof *lock, site);
  const bool locked = lock->owner != 0;
  did(sim::Primitive::kMutexIsLocked, lock, locked, site);
  return locked;
}

}  // namespace revenant::kernel
