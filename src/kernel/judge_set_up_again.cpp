// Judges C9, that what stale readers may be using is not set up again on reuse: a lock that the
// constructor owns, bad-constructor-state; a count that is not zero, refcount. Before its first
// free an object has no stale readers, so that setting it up twice is only useless.
#include <string>

#include "kernel/engine.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

void SlabState::check_lock_set_up(const volatile void* lock, std::size_t size_bytes, Site site) {
  const auto address = reinterpret_cast<std::uintptr_t>(lock);
  if (!contains(address)) return;
  const Exclusive exclusive;
  if (!may_have_stale_users(address, size_bytes)) return;
  raise(FindingKind::kBadConstructorState, "sets up again", address, site);
}

void SlabState::check_count_set_up(std::uintptr_t address, Site site) {
  if (!is_refcount(address)) return;
  const Exclusive exclusive;
  const int count = *reinterpret_cast<const volatile int*>(address);
  if (count == 0 || !may_have_stale_users(address, sizeof count)) return;
  const std::string what = "atomic_set over a count of " + std::to_string(count) + " in";
  raise(FindingKind::kRefcount, what.c_str(), address, site);
}

bool SlabState::may_have_stale_users(std::uintptr_t address, std::size_t size_bytes) const {
  const Slot slot = slot_of(address);
  if (slot.page >= page_count_ || !object_at(address).ever_freed) return false;
  const kmem_cache& cache = *pages_[slot.page].cache;
  return cache.is_type_stable() && cache.owns(address - address_of(slot), size_bytes);
}

}  // namespace revenant::kernel
