// struct rw_semaphore: a sleeping lock with one writer or many readers.
//
// Ordering  As a mutex for writers. A reader is ordered after the writers before it, and before the
//           writers after it; readers are not ordered with each other.
// Sleeps    down_read and down_write may; where nothing may, that is a finding of might_sleep
//           (bug.h).
// Findings  deadlock (this CPU already holds it), wrong-unlock (this CPU does not hold it that
// way). A waiting writer does not keep new readers out. Linux queues them behind it, and lets a
// trylock fail: a deadlock of readers behind a writer is not found here. Nor is there room for one
// CPU as two readers: its second trylock fails, where Linux counts.
#pragma once

#include <cstdint>

#include "sim/finding.h"

namespace revenant::kernel {

struct rw_semaphore {
  std::uint32_t writer;   // The CPU's number plus one; 0 is none.
  std::uint32_t readers;  // A bit for each CPU.
};

// Does not yield: for objects that no other CPU can know, and for constructors. As mutex_init, a
// finding bad-constructor-state in an object that is reused.
void init_rwsem(rw_semaphore* sem, Site site = Site::current());

// One scheduling point, and one more each time that it must wait.
void down_read(rw_semaphore* sem, Site site = Site::current());
void down_write(rw_semaphore* sem, Site site = Site::current());
// True when it took the lock. One scheduling point.
bool down_read_trylock(rw_semaphore* sem, Site site = Site::current());
// The same with no order, as no kernel has it: for code that asks what the order is for.
bool down_read_trylock_relaxed(rw_semaphore* sem, Site site = Site::current());
// One scheduling point, before the release.
void up_read(rw_semaphore* sem, Site site = Site::current());
void up_write(rw_semaphore* sem, Site site = Site::current());
// One scheduling point.
bool rwsem_is_locked(const rw_semaphore* sem, Site site = Site::current());

}  // namespace revenant::kernel
