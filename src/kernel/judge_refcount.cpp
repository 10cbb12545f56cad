// Judges C3, that a declared count rises from zero only where an owner sets it, and never falls
// below zero or wraps: refcount.
#include <climits>

#include "kernel/slab_state.h"

namespace revenant::kernel {

void SlabState::check_refcount(std::uintptr_t address, std::int64_t old_value, std::int64_t value,
                               Site site) {
  if (!contains(address)) return;
  const Slot slot = slot_of(address);
  const kmem_cache& cache = *pages_[slot.page].cache;
  if (!cache.has_refcount || address != address_of(slot) + cache.refcount_offset_bytes) {
    return;
  }
  if (value < 0) {
    const bool wrapped = value - old_value < INT_MIN;
    raise(FindingKind::kRefcount, wrapped ? "overflow of" : "underflow of", address, site);
  }
  if (old_value == 0 && value > 0) {
    raise(FindingKind::kRefcount, "resurrection from zero of", address, site);
  }
}

}  // namespace revenant::kernel
