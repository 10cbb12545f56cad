// struct mutex: a sleeping lock with an owner.
//
// Ordering  Lock is an acquire, unlock a release, a failed trylock orders nothing.
// Sleeps    mutex_lock may; where nothing may, that is a finding of might_sleep (bug.h).
// Findings  deadlock (lock already held by this CPU), wrong-unlock (not held by this CPU).
// A lock that lives in a type-stable object may be locked by whoever finds the object: it is set up
// by the cache's constructor and, once the object was freed, never again. Else mutex_init is a
// finding bad-constructor-state.
#pragma once

#include <cstdint>

#include "sim/finding.h"

namespace revenant::kernel {

struct mutex {
  std::uint32_t owner;  // The CPU's number plus one; 0 is unlocked.
};

// Does not yield: for objects that no other CPU can know, and for constructors.
void mutex_init(mutex* lock, Site site = Site::current());

// One scheduling point, and one more each time that the lock is found taken.
void mutex_lock(mutex* lock, Site site = Site::current());
// True when it took the lock. One scheduling point.
bool mutex_trylock(mutex* lock, Site site = Site::current());
// One scheduling point, before the release.
void mutex_unlock(mutex* lock, Site site = Site::current());
// One scheduling point.
bool mutex_is_locked(const mutex* lock, Site site = Site::current());

}  // namespace revenant::kernel
