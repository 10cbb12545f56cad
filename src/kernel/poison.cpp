// The judges of the slab: what an access, a free and the end of a run must not be, and what a
// finding tells of an object.
#include <bit>
#include <climits>

#include "kernel/lock_owner.h"
#include "kernel/slab_memory.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {
namespace {

// 0xff for each byte of the word at `word` that belongs to a lock that somebody holds.
std::uint64_t held_bytes(std::uintptr_t word) {
  std::uint64_t bytes = 0;
  lock_owners().for_each_held_in(word, kWordBytes,
                                 [&](CpuId, std::uintptr_t lock, std::size_t size_bytes) {
                                   bytes |= byte_mask(size_bytes) << (8 * (lock - word));
                                 });
  return bytes;
}

// Whether each byte of the access is one that a stale reader may use like that.
bool is_stable(const kmem_cache& cache, Access access, std::size_t offset, std::size_t size_bytes) {
  if (!cache.is_type_stable() || access == Access::kWrite) return false;
  for (std::size_t i = offset; i < offset + size_bytes; ++i) {
    std::uint64_t allowed = cache.owned[i / kWordBytes];
    if (access == Access::kRead) allowed |= cache.readable[i / kWordBytes];
    if ((allowed >> (8 * (i % kWordBytes)) & 0xff) == 0) return false;
  }
  return true;
}

std::string said(const Where& where) {
  return "CPU " + std::to_string(index_of(where.at.cpu)) + " in op " + std::to_string(where.at.op) +
         " at step " + std::to_string(where.step);
}

}  // namespace

void SlabState::raise(FindingKind kind, const char* what, std::uintptr_t address, Site site) {
  const auto* const pointer = reinterpret_cast<const void*>(address);
  sim::running().raise(kind, site,
                       std::string(what) + " " + name_of(pointer) + ": " + history_of(pointer));
}

void SlabState::check_access_if_slab(Access access, const volatile void* address,
                                     std::size_t size_bytes, Site site) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  if (contains(bits)) check_access(access, bits, size_bytes, site);
}

void SlabState::check_access(Access access, std::uintptr_t address, std::size_t size_bytes,
                             Site site) {
  const Slot slot = slot_of(address);
  if (slot.page >= page_count_) raise(FindingKind::kUseAfterFree, "wild access to", address, site);
  const Page& page = pages_[slot.page];
  sim::Machine& machine = sim::running();
  if (page.state == PageState::kReturned) {
    raise(FindingKind::kUseAfterGracePeriod, "access to returned", address, site);
  }
  if (address + size_bytes > address_of(slot) + page.cache->size_bytes) {
    machine.raise(FindingKind::kUseAfterFree, site, "access beyond " + object_and_history(address));
  }
  const Object& object = page.objects[slot.index];
  if (object.state == ObjectState::kFree) return check_stale(access, address, size_bytes, site);
  if (object.life > 1) machine.feature((std::uint64_t{1} << 40) | site.line());
}

// An access to a free object.
void SlabState::check_stale(Access access, std::uintptr_t address, std::size_t size_bytes,
                            Site site) {
  sim::Machine& machine = sim::running();
  machine.feature((std::uint64_t{2} << 40) | site.line());
  const Slot slot = slot_of(address);
  if (!is_stable(*pages_[slot.page].cache, access, address - address_of(slot), size_bytes)) {
    raise(FindingKind::kUseAfterFree,
          access == Access::kWrite ? "write to freed" : "access to freed", address, site);
  }
  const Object& object = object_at(address);
  const sim::Rcu& rcu = machine.rcu();
  const CpuId cpu = machine.cpu();
  if (!rcu.in_section(cpu) || !object.ever_freed || rcu.section_start(cpu) > object.freed.step) {
    raise(FindingKind::kAccessOutsideRcu, "no section of this CPU saw alive the freed", address,
          site);
  }
}

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

void SlabState::check_free_image(const kmem_cache& cache, std::uintptr_t object, Site site) {
  for (std::size_t i = 0; i < cache.word_count(); ++i) {
    const std::uintptr_t word = object + i * kWordBytes;
    std::uint64_t wrong = (peek(word) ^ cache.free_word(object, i)) & cache.mask[i];
    if (wrong != 0) wrong &= ~held_bytes(word);
    if (wrong != 0) {
      raise(FindingKind::kUseAfterFree, "plain write while free to", word, site);
    }
  }
}

void SlabState::check_is_object(const kmem_cache& cache, std::uintptr_t address, Site site) {
  const bool is_page = contains(address) && slot_of(address).page < page_count_;
  if (is_page && pages_[slot_of(address).page].cache == &cache &&
      address == address_of(slot_of(address))) {
    return;
  }
  sim::running().raise(FindingKind::kBugOn, site,
                       "kmem_cache_free of " + name_of(reinterpret_cast<void*>(address)) +
                           ", which is no object of cache " + std::string(cache.name));
}

// A lock may be held at a free, but only by a reader that has yet to find out that it locked a dead
// object, and cannot have slept since it found it.
void SlabState::check_free_allowed(const kmem_cache& cache, void* pointer, Site site) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const Object& object = object_at(address);
  sim::Machine& machine = sim::running();
  if (object.state == ObjectState::kFree) {
    raise(FindingKind::kDoubleFree, "second free of", address, site);
  }
  if (object.holders != 0) {
    raise(FindingKind::kFreeWhileLocked, "free under a holder that relies on", address, site);
  }
  lock_owners().for_each_held_in(
      address, cache.size_bytes, [&](CpuId cpu, std::uintptr_t lock, std::size_t /*size_bytes*/) {
        if (cpu == machine.cpu() || !machine.rcu().in_section(cpu)) {
          raise(FindingKind::kFreeWhileLocked, "free while somebody holds", lock, site);
        }
      });
  // Who waits inside a section spins on a lock of an object that it has yet to find dead.
  if ((machine.sleepers(pointer, cache.size_bytes) & ~machine.rcu().in_sections()) != 0) {
    raise(FindingKind::kBadConstructorState, "free with a sleeper on", address, site);
  }
  for (std::size_t i = 0; i < cache.word_count(); ++i) {
    const std::uintptr_t word = address + i * kWordBytes;
    std::uint64_t wrong = (peek(word) ^ cache.free_word(address, i)) & cache.owned[i];
    if (wrong != 0) wrong &= ~held_bytes(word);
    if (wrong != 0) {
      const std::uintptr_t byte = word + static_cast<std::size_t>(std::countr_zero(wrong)) / 8;
      raise(FindingKind::kBadConstructorState, "free without constructor state in", byte, site);
    }
  }
}

void SlabState::judge_identity(const volatile void* object, Incarnation named, Site site) {
  const Incarnation now = incarnation_of(object);
  if (now == named) return;
  const auto address = reinterpret_cast<std::uintptr_t>(object);
  const std::string text = object_and_history(address);
  if (now == 0) sim::running().raise(FindingKind::kUseAfterFree, site, "relies on freed " + text);
  const std::size_t colon = text.find(": ");
  sim::running().raise(
      FindingKind::kRecycledObject, site,
      "relies on " + text.substr(0, colon) + " as if it were an earlier life" + text.substr(colon));
}

void SlabState::report_left_over(Site site) {
  for (std::size_t number = 0; number < page_count_; ++number) {
    const Page& page = pages_[number];
    for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
      const std::uintptr_t address = address_of({.page = number, .index = index});
      if (page.objects[index].state == ObjectState::kAllocated) {
        raise(FindingKind::kLeak, "nothing will free", address, site);
      }
      check_free_image(*page.cache, address, site);
    }
  }
}

// --- What is known of an object ---

std::string SlabState::name_of(const volatile void* pointer) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  return sim::running().memory().name_at(address, life_at(address));
}

std::string SlabState::history_of(const volatile void* pointer) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (!contains(address) || slot_of(address).page >= page_count_) return "never allocated";
  const Object& object = object_at(address);
  if (!object.ever_allocated) return "never allocated";
  const bool is_again = object.life > 1;
  std::string text;
  if (is_again) {
    text = "allocated by " + said(object.former_allocated) + ", freed by " +
           said(object.former_freed) + ", ";
  }
  text += (is_again ? "allocated again by " : "allocated by ") + said(object.allocated);
  if (object.state == ObjectState::kFree) text += ", freed by " + said(object.freed);
  return text;
}

std::string SlabState::object_and_history(std::uintptr_t address) const {
  const std::uintptr_t object = address_of(slot_of(address));
  return sim::running().memory().object_at(object, life_at(object)) + ": " +
         history_of(reinterpret_cast<void*>(object));
}

sim::SanitizerVerdict SlabState::explain(FindingKind kind, std::uintptr_t address) const {
  const auto* const pointer = reinterpret_cast<const void*>(address);
  if (!contains(address)) return {.kind = kind, .text = "on " + name_of(pointer)};
  const std::string text = name_of(pointer) + ": " + history_of(pointer);
  const Slot slot = slot_of(address);
  if (kind != FindingKind::kAsan || slot.page >= page_count_) {
    return {.kind = kind, .text = "on " + text};
  }
  const Page& page = pages_[slot.page];
  if (page.state == PageState::kReturned) {
    return {.kind = FindingKind::kUseAfterGracePeriod, .text = "plain access to freed " + text};
  }
  if (!is_free(pointer) || address - address_of(slot) >= page.cache->size_bytes) {
    return {.kind = FindingKind::kUseAfterFree,
            .text = "plain access beyond " + object_and_history(address)};
  }
  return {.kind = FindingKind::kUseAfterFree, .text = "plain access to freed " + text};
}

}  // namespace revenant::kernel
