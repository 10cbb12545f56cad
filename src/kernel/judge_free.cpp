// Judges C13, that nobody relies on an object when it is freed: free-while-locked. And what needs
// no rule: only an object of the cache can be freed, and once: bug-on, double-free.
#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_memory.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {
namespace {

constexpr std::size_t kCountBytes = 4;  // Of an atomic_t.

}  // namespace

void SlabState::check_is_object(const kmem_cache& cache, std::uintptr_t address, Site site) {
  const bool is_page = contains(address) && slot_of(address).page < page_count_;
  if (is_page && pages_[slot_of(address).page].cache == &cache &&
      address == address_of(slot_of(address))) {
    return;
  }
  running().raise(FindingKind::kBugOn, site,
                  "kmem_cache_free of " + name_of(reinterpret_cast<void*>(address)) +
                      ", which is no object of cache " + std::string(cache.name),
                  address);
}

void SlabState::check_free_allowed(const kmem_cache& cache, std::uintptr_t address, Site site) {
  if (object_at(address).state == ObjectState::kFree) {
    raise_about_object(FindingKind::kDoubleFree, "second free of", address, site);
  }
  const auto* const object = reinterpret_cast<const void*>(address);
  if (running().queued_in(object, cache.size_bytes) != nullptr) {
    raise_about_object(FindingKind::kDoubleFree, "free before the callback that call_rcu queued in",
                       address, site);
  }
  check_count(cache, address, site);
  check_no_holder(cache, address, site);
  check_constructor_state(cache, address, site);
}

// That a count is zero which the constructor sets is judged with the rest of its state. Another one
// may never have been set.
void SlabState::check_count(const kmem_cache& cache, std::uintptr_t address, Site site) {
  if (!cache.has_refcount || cache.owns(cache.refcount_offset_bytes, kCountBytes)) return;
  const std::uintptr_t count = address + cache.refcount_offset_bytes;
  const std::uintptr_t word = count - count % kWordBytes;
  const std::uint64_t value = peek(word) >> (8 * (count - word)) & byte_mask(kCountBytes);
  if (value == 0 || value == (kPoison & byte_mask(kCountBytes))) return;
  raise(FindingKind::kRefcount, "free with references left in", count, site);
}

// A lock may be held at a free, but only by a reader that has yet to find out that it locked a dead
// object, and cannot have slept since it found it: that took the lock in the section it is still
// in.
void SlabState::check_no_holder(const kmem_cache& cache, std::uintptr_t address, Site site) {
  if (object_at(address).holders != 0) {
    raise_about_object(FindingKind::kFreeWhileLocked, "free under a holder that relies on", address,
                       site);
  }
  const Engine machine = running();
  lock_owners().for_each_held_in(
      address, cache.size_bytes, [&](CpuId cpu, const LockOwners::Lock& lock) {
        const bool may_not_know = cpu != machine.cpu() && machine.in_section(cpu) &&
                                  lock.section_start == machine.section_start(cpu);
        if (may_not_know) return;
        raise(FindingKind::kFreeWhileLocked, "free while somebody holds",
              reinterpret_cast<std::uintptr_t>(lock.address), site);
      });
}

}  // namespace revenant::kernel
