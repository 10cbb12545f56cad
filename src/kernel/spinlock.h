// spinlock_t: a lock that may be taken where one may not sleep. Who waits for it is not run: the
// scheduler knows what it waits for. Ordering and findings as for struct mutex. Who calls what
// may sleep while it holds one is a finding sleep-in-atomic.
#pragma once

#include <cstdint>

#include "sim/finding.h"

namespace revenant::kernel {

struct spinlock_t {
  std::uint32_t owner;  // The CPU's number plus one; 0 is unlocked.
};

// Does not yield.
void spin_lock_init(spinlock_t* lock, Site site = Site::current());
// One scheduling point, and one more each time that the lock is found taken.
void spin_lock(spinlock_t* lock, Site site = Site::current());
// One scheduling point, before the release.
void spin_unlock(spinlock_t* lock, Site site = Site::current());

}  // namespace revenant::kernel
