#include "kernel/rwsem.h"

#include <string>

#include "kernel/access.h"
#include "kernel/barrier.h"
#include "kernel/bug.h"
#include "kernel/engine.h"
#include "kernel/judge_unlock.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"
#include "kernel/weak_memory.h"
#include "sim/happens_before.h"

namespace revenant::kernel {
namespace {

// Two clocks by the addresses of the two words: what writers did, and what readers did.
const void* writers_clock(const rw_semaphore* sem) { return &sem->writer; }
const void* readers_clock(const rw_semaphore* sem) { return &sem->readers; }

std::uint32_t my_writer_id() { return index_of(running().cpu()) + 1; }
std::uint32_t my_reader_bit() { return mask_of(running().cpu()); }

// --- The word that weak memory knows: the writer's number below, a bit for each reader above. ---

constexpr unsigned kReaderShift = 32;

memory::Value word_of(const rw_semaphore* sem) {
  return memory::Value{sem->readers} << kReaderShift | sem->writer;
}

memory::Value my_reader() { return memory::Value{my_reader_bit()} << kReaderShift; }

std::optional<memory::Value> add_reader(memory::Value old, memory::Value reader,
                                        memory::Value /*unused*/) {
  const bool is_free = static_cast<std::uint32_t>(old) == 0 && (old & reader) == 0;
  return is_free ? std::optional(old | reader) : std::nullopt;
}

using Step = WeakMemory::LockStep;

void weakly(const rw_semaphore* sem, const memory::Update& update, Step step) {
  WeakMemory* const weak = weak_memory();
  if (weak != nullptr) weak->update_lock(sem, word_of(sem), update, step);
}

// The trylock and the look at a lock may say of it what was true before.
bool finds_free_for_read(const rw_semaphore* sem, Step step) {
  const memory::Update update{.function = &add_reader, .first = my_reader()};
  WeakMemory* const weak = weak_memory();
  if (weak == nullptr) return update(word_of(sem)).has_value();
  return weak->update_lock(sem, word_of(sem), update, step);
}

// What is done because the lock was found free comes after the unlock: a control dependency, which
// TSan does not know. So it hides a race of what is done anyway, and invents none.
bool finds_locked(const rw_semaphore* sem) {
  if (WeakMemory* const weak = weak_memory()) return weak->is_locked(sem, word_of(sem));
  if (word_of(sem) != 0) return true;
  sim::hb_acquire(writers_clock(sem));
  sim::hb_acquire(readers_clock(sem));
  return false;
}

void begin(const rw_semaphore* sem, Site site) {
  begin_access(Access::kLock, sem, sizeof *sem, site);
}

void begin_blocking(const rw_semaphore* sem, Site site) {
  might_sleep(site);
  begin(sem, site);
  const Exclusive exclusive;
  if (sem->writer == my_writer_id() || (sem->readers & my_reader_bit()) != 0) {
    running().raise(FindingKind::kDeadlock, site,
                    "locks " + slab().name_of(sem) + ", which it already holds",
                    reinterpret_cast<std::uintptr_t>(sem));
  }
}

void wait(const rw_semaphore* sem, Site site) {
  running().block_on(sem, sem, site);
  slab().check_access_if_slab(Access::kLock, sem, sizeof *sem, site);
}

void take_read(rw_semaphore* sem) {
  sem->readers |= my_reader_bit();
  lock_owners().took(sem, sizeof *sem, LockOwners::Waiters::kSleep);
}

void take_read_and_acquire(rw_semaphore* sem) {
  take_read(sem);
  sim::hb_acquire(writers_clock(sem));
}

void release(rw_semaphore* sem) {
  lock_owners().released(sem);
  running().wake(sem);
}

}  // namespace

void init_rwsem(rw_semaphore* sem, Site site) {
  slab().check_lock_set_up(sem, sizeof *sem, site);
  sem->writer = sem->readers = 0;
}

void down_read(rw_semaphore* sem, Site site) {
  begin_blocking(sem, site);
  const Exclusive exclusive;
  while (sem->writer != 0) wait(sem, site);
  weakly(sem, {.function = &add_reader, .first = my_reader()}, Step::kTake);
  take_read_and_acquire(sem);
  did(sim::Primitive::kDownRead, sem, true, site);
}

void down_write(rw_semaphore* sem, Site site) {
  begin_blocking(sem, site);
  const Exclusive exclusive;
  while (sem->writer != 0 || sem->readers != 0) wait(sem, site);
  weakly(sem, {.function = &memory::updates::exchange, .first = my_writer_id()}, Step::kTake);
  sem->writer = my_writer_id();
  lock_owners().took(sem, sizeof *sem, LockOwners::Waiters::kSleep);
  sim::hb_acquire(writers_clock(sem));
  sim::hb_acquire(readers_clock(sem));
  did(sim::Primitive::kDownWrite, sem, true, site);
}

bool down_read_trylock(rw_semaphore* sem, Site site) {
  begin(sem, site);
  const Exclusive exclusive;
  const bool free = finds_free_for_read(sem, Step::kTryTake);
  if (free) take_read_and_acquire(sem);
  did(sim::Primitive::kDownReadTrylock, sem, free, site);
  return free;
}

bool down_read_trylock_relaxed(rw_semaphore* sem, Site site) {
  begin(sem, site);
  const Exclusive exclusive;
  const bool free = finds_free_for_read(sem, Step::kTryTakeRelaxed);
  if (free) take_read(sem);
  if (weak_memory() == nullptr) fence_after_load(writers_clock(sem));
  did({sim::Primitive::kDownReadTrylock, sim::Suffix::kRelaxed}, sem, free, site);
  return free;
}

void up_read(rw_semaphore* sem, Site site) {
  begin(sem, site);
  const Exclusive exclusive;
  judge_up_read(sem, site);
  weakly(sem, {.function = &memory::updates::bit_and, .first = ~my_reader()}, Step::kGive);
  sem->readers &= ~my_reader_bit();
  sim::hb_release(readers_clock(sem));
  fence_after_release(readers_clock(sem));
  release(sem);
  did(sim::Primitive::kUpRead, sem, true, site);
}

void up_write(rw_semaphore* sem, Site site) {
  begin(sem, site);
  const Exclusive exclusive;
  judge_up_write(sem, site);
  weakly(sem, {.function = &memory::updates::exchange, .first = 0}, Step::kGiveAll);
  sem->writer = 0;
  sim::hb_release(writers_clock(sem));
  fence_after_release(writers_clock(sem));
  release(sem);
  did(sim::Primitive::kUpWrite, sem, true, site);
}

bool rwsem_is_locked(const rw_semaphore* sem, Site site) {
  begin(sem, site);
  const Exclusive exclusive;
  const bool locked = finds_locked(sem);
  did(sim::Primitive::kRwsemIsLocked, sem, locked, site);
  return locked;
}

}  // namespace revenant::kernel
