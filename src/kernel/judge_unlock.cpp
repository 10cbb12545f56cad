#include "kernel/judge_unlock.h"

#include <string>

#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {
namespace {

bool took(const volatile void* lock) { return lock_owners().holds(running().cpu(), lock); }

[[noreturn]] void raise(const volatile void* lock, const std::string& how, Site site) {
  running().raise(FindingKind::kWrongUnlock, site,
                  "unlocks " + slab().name_of(lock) + ", which it does not hold" + how,
                  reinterpret_cast<std::uintptr_t>(lock));
}

}  // namespace

void judge_exclusive_unlock(const OwnerWord* word, Site site) {
  const OwnerWord me = index_of(running().cpu()) + 1;
  if (*word == me && took(word)) return;
  raise(word, *word == 0 ? ": nobody does" : ": CPU " + std::to_string(*word - 1) + " does", site);
}

void judge_up_read(const rw_semaphore* sem, Site site) {
  const bool is_reader = (sem->readers & mask_of(running().cpu())) != 0;
  if (!is_reader || !took(sem)) raise(sem, " for reading", site);
}

void judge_up_write(const rw_semaphore* sem, Site site) {
  const bool is_writer = sem->writer == index_of(running().cpu()) + 1;
  if (!is_writer || !took(sem)) raise(sem, " for writing", site);
}

}  // namespace revenant::kernel
