// Judges C3, that a declared count rises from zero only where an owner sets it, and never falls
// below zero or wraps: refcount.
#include <climits>

#include "kernel/slab_state.h"

namespace revenant::kernel {

void SlabState::check_refcount(std::uintptr_t address, std::int64_t old_value, std::int64_t value,
                               Site site) {
  if (!is_refcount(address)) return;
  if (value < 0) {
    const bool wrapped = value - old_value < INT_MIN;
    raise(FindingKind::kRefcount, wrapped ? "overflow of" : "underflow of", address, site);
  }
  if (old_value == 0 && value > 0) {
    raise(FindingKind::kRefcount, "resurrection from zero of", address, site);
  }
}

bool SlabState::is_refcount(std::uintptr_t address) const {
  if (!contains(address)) return false;
  const Slot slot = slot_of(address);
  const kmem_cache& cache = *pages_[slot.page].cache;
  return cache.has_refcount && address == address_of(slot) + cache.refcount_offset_bytes;
}

}  // namespace revenant::kernel
