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

// What a count comes to while others hold locks of the object, or wait for them, and where they
// stand, are features of the run: a free may come next.
void SlabState::note_count(std::int64_t value, std::uintptr_t address, Site site) const {
  constexpr std::int64_t kMany = 3;
  const auto few = static_cast<std::uint64_t>(std::min(value, kMany));
  const Exclusive exclusive;
  const Engine machine = running();
  const std::uintptr_t object = address_of(slot_of(address));
  const std::size_t size_bytes = pages_[slot_of(address).page].cache->size_bytes;
  std::uint64_t held = 0;
  lock_owners().for_each_held_in(object, size_bytes, [&](CpuId cpu, const LockOwners::Lock&) {
    ++held;
    if (cpu == machine.cpu()) return;
    machine.feature(sim::Feature::kHolderAtCount, sim::key_of(few, site, machine.site_of(cpu)));
  });
  const CpuMask waiters = machine.sleepers(reinterpret_cast<void*>(object), size_bytes);
  for (CpuMask left = waiters; left != 0; left &= left - 1) {
    const CpuId cpu{static_cast<std::uint8_t>(std::countr_zero(left))};
    machine.feature(sim::Feature::kWaiterAtCount, sim::key_of(few, site, machine.site_of(cpu)));
  }
  const auto awaited = static_cast<std::uint64_t>(std::popcount(waiters));
  machine.feature(sim::Feature::kCount, sim::key_of(held << 8 | awaited << 4 | few, site));
}

bool SlabState::is_refcount(std::uintptr_t address) const {
  if (!contains(address)) return false;
  const Slot slot = slot_of(address);
  const kmem_cache& cache = *pages_[slot.page].cache;
  return cache.has_refcount && address == address_of(slot) + cache.refcount_offset_bytes;
}

}  // namespace revenant::kernel
