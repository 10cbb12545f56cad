// Judges C3, that a declared count rises from zero only where an owner sets it, and never falls
// below zero or wraps: refcount.
#include <algorithm>
#include <bit>
#include <climits>

#include "kernel/engine.h"
#include "kernel/lock_owner.h"
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
  note_count(value, address, site);
}

// What a count comes to while others hold locks of the object is a feature of the run: a free may
// come next.
void SlabState::note_count(std::int64_t value, std::uintptr_t address, Site site) const {
  constexpr std::int64_t kMany = 3;
  const Exclusive exclusive;
  std::uint64_t users = 0;
  const std::uintptr_t object = address_of(slot_of(address));
  lock_owners().for_each_held_in(object, pages_[slot_of(address).page].cache->size_bytes,
                                 [&](CpuId, std::uintptr_t, std::size_t) { users += 4; });
  users += static_cast<std::uint64_t>(std::popcount(running().sleepers(
      reinterpret_cast<void*>(object), pages_[slot_of(address).page].cache->size_bytes)));
  running().feature(std::uint64_t{5} << 40 | users << 34 |
                    static_cast<std::uint64_t>(std::min(value, kMany)) << 32 | site.line());
}

bool SlabState::is_refcount(std::uintptr_t address) const {
  if (!contains(address)) return false;
  const Slot slot = slot_of(address);
  const kmem_cache& cache = *pages_[slot.page].cache;
  return cache.has_refcount && address == address_of(slot) + cache.refcount_offset_bytes;
}

}  // namespace revenant::kernel
