// Judges C11, unlock what was locked: wrong-unlock, unless the running CPU both took the lock and
// is still named by the lock's word. One without the other is a lock that was set up again in
// between.
#pragma once

#include "kernel/exclusive_lock.h"
#include "kernel/rwsem.h"

namespace revenant::kernel {

void judge_exclusive_unlock(const OwnerWord* word, Site site);
void judge_up_read(const rw_semaphore* sem, Site site);
void judge_up_write(const rw_semaphore* sem, Site site);

}  // namespace revenant::kernel
