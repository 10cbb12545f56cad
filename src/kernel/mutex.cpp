#include "kernel/mutex.h"

#include "kernel/bug.h"
#include "kernel/exclusive_lock.h"
#include "kernel/slab_state.h"
#include "kernel/spinlock.h"

namespace revenant::kernel {

using sim::Primitive;

void mutex_init(mutex* lock, Site site) {
  slab().check_lock_set_up(lock, sizeof *lock, site);
  lock->owner = 0;
}

void mutex_lock(mutex* lock, Site site) {
  might_sleep(site);
  exclusive_lock(&lock->owner, Primitive::kMutexLock, site);
}

bool mutex_trylock(mutex* lock, Site site) {
  return exclusive_trylock(&lock->owner, Primitive::kMutexTrylock, site);
}

void mutex_unlock(mutex* lock, Site site) {
  exclusive_unlock(&lock->owner, Primitive::kMutexUnlock, site);
}

bool mutex_is_locked(const mutex* lock, Site site) {
  return exclusive_is_locked(&lock->owner, Primitive::kMutexIsLocked, site);
}

void spin_lock_init(spinlock_t* lock, Site site) {
  slab().check_lock_set_up(lock, sizeof *lock, site);
  lock->owner = 0;
}

void spin_lock(spinlock_t* lock, Site site) {
  exclusive_lock(&lock->owner, Primitive::kSpinLock, site);
}

void spin_unlock(spinlock_t* lock, Site site) {
  exclusive_unlock(&lock->owner, Primitive::kSpinUnlock, site);
}

}  // namespace revenant::kernel
