// The slab as the oracles see it: lives, holders, poison. Ghost state; the code under test sees
// none. slab_state.cpp has the memory and its lives, history.cpp what a finding tells of them, and
// each judge_*.cpp a judge, with the rule that it judges.
//
// Poison table, checked for each marked access in every build, and for plain ones where ASan is:
//
//   access to an object that is ...          inside a section that saw it live   outside
//   freed: stable field, by atomic or lock   legal                               access-outside-rcu
//   freed: any other field, any write        use-after-free                      use-after-free
//   freed, and its page given back           use-after-grace-period              the same
//   recycled, used as its former life        recycled-object, by judge_identity  the same
//   any, beyond its end                      use-after-free                      use-after-free
//
// "Stable" are the bytes that the constructor writes, and fields declared readable, for reads. "Saw
// it live" means that the section began before the free. Memory of a cache without
// SLAB_TYPESAFE_BY_RCU has no stable field. Nothing finds a plain read of a freed object's stable
// fields: ASan must leave them to the marked accesses of stale readers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "kernel/access.h"
#include "kernel/engine.h"
#include "kernel/kmem_cache.h"
#include "sim/sanitizers.h"

namespace revenant::kernel {

// One life of an object, from allocation to free: unique in its run, and 0 is none.
using Incarnation = std::uint32_t;

inline constexpr std::size_t kMaxCaches = 8;

// How often a CPU may fail to pin an object in one read-side section. Far more than a walk past
// dead objects meets in a small world.
inline constexpr std::uint32_t kMaxFailedPins = 16;

// Who did something to an object, and when.
struct Where {
  Anchor at{};
  std::uint32_t step = 0;
  Site site{};
};

class SlabState {
 public:
  static bool contains(std::uintptr_t address) { return address - arena_begin() < kArenaBytes; }

  // Of the object at an address of the arena, below kSlabObjects.
  static std::size_t object_number(std::uintptr_t address) { return number_of(slot_of(address)); }

  void begin_run();
  // Raises what marked code must not do; see the table. Requires contains(address).
  void check_access(Access access, std::uintptr_t address, std::size_t size_bytes, Site site);
  void check_access_if_slab(Access access, const volatile void* address, std::size_t size_bytes,
                            Site site) {
    const auto bits = reinterpret_cast<std::uintptr_t>(address);
    if (contains(bits)) return check_access(access, bits, size_bytes, site);
    if (bits - kFirstAddress >= kLastAddress - kFirstAddress) [[unlikely]]
      raise_no_address(bits, site);
  }
  // Raises refcount when a read-modify-write took a declared refcount from 0 up or below 0.
  void check_refcount(std::uintptr_t address, std::int64_t old_value, std::int64_t value,
                      Site site);
  // Raises bad-constructor-state when a lock, and refcount when a count that is not 0, is about to
  // be set up although a reader may use it since an earlier life.
  void check_lock_set_up(const volatile void* lock, std::size_t size_bytes, Site site);
  void check_count_set_up(std::uintptr_t address, Site site);
  // An atomic_inc_not_zero failed. Raises livelock when the running CPU does not leave its section
  // after kMaxFailedPins of them on declared refcounts.
  void count_failed_pin(std::uintptr_t address, Site site);
  // So far, of the running CPU in its present section.
  std::uint32_t failed_pins() const;

  kmem_cache* create(std::string_view name, std::size_t size_bytes, const kmem_cache_args& args,
                     slab_flags_t flags);
  void* alloc(kmem_cache* cache, Site site);
  void free(kmem_cache* cache, void* pointer, Site site);

  // The life of the object at an address, as traces number it; 0 outside the arena.
  sim::Life life_at(std::uintptr_t address) const;
  // 0 when free or not of the slab.
  [[gnu::always_inline]] Incarnation incarnation_of(const volatile void* object) const {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    if (!contains(address)) return 0;
    const Exclusive exclusive;
    return alive_[number_of(slot_of(address))];
  }
  bool is_free(const volatile void* object) const;

  // The protocol says that the running CPU may use the object as life `named`: raises
  // recycled-object if it is another one now, use-after-free if it is none.
  void judge_identity(const volatile void* object, Incarnation named, Site site);
  // From now until unhold the running CPU relies on the object: freeing it is free-while-locked.
  void hold(const volatile void* object);
  void unhold(const volatile void* object);

  // After the run: raises use-after-free for poison overwritten by a plain write, leak for objects
  // that are still allocated.
  void report_left_over(Site site);

  std::string name_of(const volatile void* pointer) const;
  // "allocated by CPU 1 in op 0 at step 7, freed by ..., allocated again by ..."
  std::string history_of(const volatile void* pointer) const;
  // The object that the pointer leads into, with history_of(). Requires contains().
  std::string object_and_history(const volatile void* pointer) const;
  // What a sanitizer's complaint about an address means.
  sim::SanitizerVerdict explain(FindingKind kind, std::uintptr_t address) const;

 private:
  static constexpr std::size_t kArenaBytes = kSlabPages * kSlabPageBytes;
  alignas(kSlabPageBytes) static unsigned char arena_[kArenaBytes];
  enum class PageState : std::uint8_t { kUnused, kInUse, kReturning, kReturned };
  enum class ObjectState : std::uint8_t { kFree, kAllocated };

  struct Object {
    ObjectState state{};
    bool ever_allocated = false;
    bool ever_freed = false;
    std::uint32_t life = 0;
    CpuMask holders = 0;
    Where allocated;  // The life that is or was last.
    Where freed;
    Where former_allocated;  // The life before.
    Where former_freed;
    unsigned char clock = 0;
  };
  struct Page {
    PageState state{};
    kmem_cache* cache = nullptr;
    std::uint32_t returning_since = 0;  // The step of its grace period's start.
    std::array<Object, kObjectsPerPage> objects;
  };
  // Of a CPU, in the section that began at this step.
  struct FailedPins {
    std::uint32_t section_start = 0;
    std::uint32_t count = 0;
  };
  struct Slot {
    std::size_t page;
    std::size_t index;
  };

  static std::uintptr_t arena_begin() { return reinterpret_cast<std::uintptr_t>(arena_); }
  static constexpr std::size_t kStride = kSlabPageBytes / kObjectsPerPage;
  static Slot slot_of(std::uintptr_t address) {
    const std::size_t offset = address - arena_begin();
    return {.page = offset / kSlabPageBytes, .index = offset % kSlabPageBytes / kStride};
  }
  static std::uintptr_t address_of(Slot slot) {
    return arena_begin() + slot.page * kSlabPageBytes + slot.index * kStride;
  }
  static std::size_t number_of(Slot slot) { return slot.page * kObjectsPerPage + slot.index; }
  const Object& object_at(std::uintptr_t address) const;
  Object& object_at(std::uintptr_t address);
  // Whether an object's declared refcount is at this address. Must be no wild one.
  bool is_refcount(std::uintptr_t address) const;
  bool may_know(Slot slot, std::uint32_t section_start) const;
  bool may_have_stale_users(std::uintptr_t address, std::size_t size_bytes) const;
  void new_page(kmem_cache* cache, Site site);
  // Notes what stale readers may read, which is to stay as it is.
  void keep_readable(const kmem_cache& cache, std::uintptr_t object);
  void return_page_by_choice(Slot slot);
  static void page_returned(void* argument);
  void check_stale(Access access, std::uintptr_t address, std::size_t size_bytes, Site site);
  void check_is_object(const kmem_cache& cache, std::uintptr_t address, Site site);
  void check_free_image(const kmem_cache& cache, std::uintptr_t object, Site site);
  void check_free_allowed(const kmem_cache& cache, std::uintptr_t address, Site site);
  void check_count(const kmem_cache& cache, std::uintptr_t address, Site site);
  void check_no_holder(const kmem_cache& cache, std::uintptr_t address, Site site);
  void check_constructor_state(const kmem_cache& cache, std::uintptr_t address, Site site);
  void note_count(std::int64_t value, std::uintptr_t address, Site site) const;
  // Where user memory lies; nullptr with an offset, or poison, does not.
  static constexpr std::uintptr_t kFirstAddress = 4096;
  static constexpr std::uintptr_t kLastAddress = std::uintptr_t{1} << 47;
  [[noreturn]] static void raise_no_address(std::uintptr_t address, Site site);
  [[noreturn]] void raise(FindingKind kind, const char* what, std::uintptr_t address, Site site);
  // Names the object alone, and not the field that begins it.
  [[noreturn]] void raise_about_object(FindingKind kind, const char* what, std::uintptr_t object,
                                       Site site);
  Where here(Site site) const;

  std::array<Page, kSlabPages> pages_{};
  // The incarnation of each object by number, 0 where it is free: what oracles ask at every step.
  std::array<Incarnation, kSlabObjects> alive_{};
  std::array<kmem_cache::Words, kSlabObjects> kept_{};  // By keep_readable().
  std::size_t page_count_ = 0;
  std::array<kmem_cache, kMaxCaches> caches_{};
  std::size_t cache_count_ = 0;
  Incarnation last_incarnation_ = 0;
  std::array<FailedPins, sim::kMaxFibers> failed_pins_{};
};

extern constinit SlabState slab_state;

[[gnu::always_inline]] inline SlabState& slab() { return slab_state; }

}  // namespace revenant::kernel
