#include "kernel/exclusive_lock.h"

#include <string>

#include "kernel/access.h"
#include "kernel/barrier.h"
#include "kernel/engine.h"
#include "kernel/judge_unlock.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"
#include "kernel/weak_memory.h"
#include "sim/happens_before.h"

namespace revenant::kernel {
namespace {

OwnerWord my_word() { return index_of(running().cpu()) + 1; }

memory::LockKind kind_of(sim::Primitive what) {
  return what == sim::Primitive::kSpinLock || what == sim::Primitive::kSpinUnlock
             ? memory::LockKind::kSpin
             : memory::LockKind::kMutex;
}

void take(OwnerWord* word, sim::Primitive what) {
  *word = my_word();
  const bool spins = kind_of(what) == memory::LockKind::kSpin;
  lock_owners().took(word, sizeof *word,
                     spins ? LockOwners::Waiters::kSpin : LockOwners::Waiters::kSleep);
  sim::hb_acquire(word);
  if (spins) fence_after_spin_lock(word);
}

// Both may say of a lock what was true before.
bool finds_free(const OwnerWord* word, sim::Primitive what) {
  WeakMemory* const weak = weak_memory();
  if (weak == nullptr) return *word == 0;
  return weak->trylock(word, *word != 0, kind_of(what));
}

// What is done because the lock was found free comes after the unlock: a control dependency, which
// TSan does not know. So it hides a race of what is done anyway, and invents none.
bool finds_locked(const OwnerWord* word) {
  if (WeakMemory* const weak = weak_memory()) return weak->is_locked(word, *word != 0 ? 1 : 0);
  if (*word == 0) sim::hb_acquire(word);
  return *word != 0;
}

}  // namespace

void exclusive_lock(OwnerWord* word, sim::Primitive what, Site site) {
  begin_access(Access::kLock, word, sizeof *word, site);
  const Exclusive exclusive;
  if (*word == my_word()) {
    running().raise(FindingKind::kDeadlock, site,
                    "locks " + slab().name_of(word) + ", which it already holds",
                    reinterpret_cast<std::uintptr_t>(word));
  }
  while (*word != 0) {
    running().block_on(word, word, site);
    slab().check_access_if_slab(Access::kLock, word, sizeof *word, site);
  }
  if (WeakMemory* const weak = weak_memory()) weak->lock(word, kind_of(what));
  take(word, what);
  did(what, word, true, site);
}

bool exclusive_trylock(OwnerWord* word, sim::Primitive what, Site site) {
  begin_access(Access::kLock, word, sizeof *word, site);
  const Exclusive exclusive;
  const bool free = finds_free(word, what);
  if (free) take(word, what);
  did(what, word, free, site);
  return free;
}

void exclusive_unlock(OwnerWord* word, sim::Primitive what, Site site) {
  begin_access(Access::kLock, word, sizeof *word, site);
  const Exclusive exclusive;
  judge_exclusive_unlock(word, site);
  lock_owners().released(word);
  if (WeakMemory* const weak = weak_memory()) weak->unlock(word, kind_of(what));
  *word = 0;
  sim::hb_release(word);
  fence_after_release(word);
  if (kind_of(what) == memory::LockKind::kSpin) fence_after_spin_unlock();
  running().wake(word);
  did(what, word, true, site);
}

bool exclusive_is_locked(const OwnerWord* word, sim::Primitive what, Site site) {
  begin_access(Access::kLock, word, sizeof *word, site);
  const Exclusive exclusive;
  const bool locked = finds_locked(word);
  did(what, word, locked, site);
  return locked;
}

}  // namespace revenant::kernel
