#include "kernel/slab_state.h"

#include <algorithm>

#include "base/check.h"
#include "kernel/engine.h"
#include "kernel/slab_memory.h"
#include "kernel/weak_memory.h"
#include "sim/happens_before.h"

namespace revenant::kernel {
namespace {

// Byte by byte where some are kept: in the native engine a stale reader may be changing those.
void poison_word(std::uintptr_t word, std::uint64_t keep) {
  if (keep == 0) return poke(word, kPoison);
  for (std::size_t i = 0; i < kWordBytes; ++i) {
    if ((keep >> (8 * i) & 0xff) == 0) poke_byte(word + i, kPoison & 0xff);
  }
}

// Fills the bytes that a free object does not keep with poison. ASan's shadow knows words only: one
// with a byte in it that a stale reader may use stays accessible to plain code.
void poison_object(const kmem_cache& cache, std::uintptr_t object) {
  for (std::size_t i = 0; i < cache.word_count(); ++i) {
    const std::uintptr_t word = object + i * kWordBytes;
    const std::uint64_t keep = cache.owned[i] | cache.readable[i];
    poison_word(word, keep);
    if (keep == 0 || !cache.is_type_stable()) asan_poison(word, kWordBytes);
  }
}

// What a run before left in a page must not show in this one.
void wipe_page(std::uintptr_t begin) {
  for (std::size_t i = 0; i < kSlabPageBytes; i += kWordBytes) poke(begin + i, kPoison);
}

}  // namespace

alignas(kSlabPageBytes) unsigned char SlabState::arena_[kArenaBytes];

constinit SlabState slab_state;

void SlabState::begin_run() {
  std::fill_n(pages_.begin(), page_count_, Page{});
  std::fill_n(alive_.begin(), page_count_ * kObjectsPerPage, 0);
  page_count_ = cache_count_ = 0;
  last_incarnation_ = 0;
  failed_pins_.fill({});
  asan_poison(arena_begin(), kArenaBytes);
}

const SlabState::Object& SlabState::object_at(std::uintptr_t address) const {
  const Slot slot = slot_of(address);
  return pages_[slot.page].objects[slot.index];
}

SlabState::Object& SlabState::object_at(std::uintptr_t address) {
  const Slot slot = slot_of(address);
  return pages_[slot.page].objects[slot.index];
}

Where SlabState::here(Site site) const {
  return {.at = running().here(), .step = running().step(), .site = site};
}

// --- Caches and pages ---

kmem_cache* SlabState::create(std::string_view name, std::size_t size_bytes,
                              const kmem_cache_args& args, slab_flags_t flags) {
  REVENANT_CHECK(cache_count_ < kMaxCaches);
  kmem_cache& cache = caches_[cache_count_++];
  cache.set_up(name, size_bytes, args, flags);
  return &cache;
}

void SlabState::new_page(kmem_cache* cache, Site site) {
  if (page_count_ == kSlabPages) {
    running().raise(
        FindingKind::kLeak, site,
        "more objects at once than there is room for, in cache " + std::string(cache->name));
  }
  const std::size_t number = page_count_++;
  Page& page = pages_[number];
  page.state = PageState::kInUse;
  page.cache = cache;
  wipe_page(arena_begin() + number * kSlabPageBytes);
  // Pushed in reverse, so that the first object of the page is the first to be handed out.
  for (std::size_t index = kObjectsPerPage; index-- > 0;) {
    const std::uintptr_t object = address_of({.page = number, .index = index});
    asan_unpoison(object, cache->size_bytes);
    if (cache->args.ctor != nullptr) cache->args.ctor(reinterpret_cast<void*>(object));
    poison_object(*cache, object);
    keep_readable(*cache, object);
    sim::hb_renew(&page.objects[index].clock);  // Who gets it first sees what the constructor did.
    cache->free[cache->free_count++] =
        static_cast<std::uint16_t>(number_of({.page = number, .index = index}));
  }
  for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
    running().memory().add({.begin = address_of({.page = number, .index = index}),
                            .size_bytes = cache->size_bytes,
                            .name = cache->name,
                            .number = cache->object_count++,
                            .fields = cache->args.fields});
  }
}

void SlabState::keep_readable(const kmem_cache& cache, std::uintptr_t object) {
  kmem_cache::Words& kept = kept_[number_of(slot_of(object))];
  for (std::size_t i = 0; i < cache.word_count(); ++i) {
    if (cache.readable[i] != 0) kept[i] = peek(object + i * kWordBytes);
  }
}

void* SlabState::alloc(kmem_cache* cache, Site site) {
  const sim::HarnessScope harness;
  running().count_effect();
  if (cache->free_count == 0) new_page(cache, site);
  const auto picked = running().pick(static_cast<std::uint32_t>(cache->free_count));
  const std::size_t position = cache->free_count - 1 - picked;
  const std::uint16_t number = cache->free[position];
  std::copy(cache->free.begin() + position + 1, cache->free.begin() + cache->free_count,
            cache->free.begin() + position);
  --cache->free_count;
  const Slot slot{.page = number / kObjectsPerPage, .index = number % kObjectsPerPage};
  const std::uintptr_t address = address_of(slot);
  check_free_image(*cache, address, site);
  Object& object = pages_[slot.page].objects[slot.index];
  object.former_allocated = object.allocated;
  object.former_freed = object.freed;
  object.allocated = here(site);
  object.state = ObjectState::kAllocated;
  object.ever_allocated = true;
  alive_[number] = ++last_incarnation_;
  ++object.life;
  object.holders = 0;
  asan_unpoison(address, cache->size_bytes);
  sim::hb_acquire(&object.clock);
  if (WeakMemory* const weak = weak_memory()) weak->alloc(&object.clock);
  return reinterpret_cast<void*>(address);
}

void SlabState::free(kmem_cache* cache, void* pointer, Site site) {
  const sim::HarnessScope harness;
  running().count_effect();
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  check_is_object(*cache, address, site);
  check_free_allowed(*cache, address, site);
  Object& object = object_at(address);
  object.state = ObjectState::kFree;
  object.ever_freed = true;
  object.freed = here(site);
  poison_object(*cache, address);
  keep_readable(*cache, address);
  sim::hb_renew(&object.clock);
  if (WeakMemory* const weak = weak_memory()) weak->free(&object.clock);
  const Slot slot = slot_of(address);
  alive_[number_of(slot)] = 0;
  cache->free[cache->free_count++] = static_cast<std::uint16_t>(number_of(slot));
  return_page_by_choice(slot);
}

void SlabState::return_page_by_choice(Slot slot) {
  Page& page = pages_[slot.page];
  const bool all_free = std::ranges::all_of(
      page.objects, [](const Object& object) { return object.state == ObjectState::kFree; });
  // Returned pages stay out of use, so that a stale pointer never finds a new page there.
  constexpr std::size_t kKeptInReserve = kSlabPages / 2;
  if (!all_free || page_count_ >= kKeptInReserve) return;
  if (running().pick(2) == 0 || !running().has_room_for_grace_period()) return;
  page.state = PageState::kReturning;
  kmem_cache& cache = *page.cache;
  auto* const end =
      std::remove_if(cache.free.begin(), cache.free.begin() + cache.free_count,
                     [&](std::uint16_t number) { return number / kObjectsPerPage == slot.page; });
  cache.free_count = static_cast<std::size_t>(end - cache.free.begin());
  page.returning_since = running().step();
  if (WeakMemory* const weak = weak_memory()) {
    // The frees of a page meet in its counters: who frees the last object has seen the others go.
    for (const Object& object : page.objects) weak->alloc(&object.clock);
    weak->call_rcu();
  }
  running().call_rcu(&page_returned, &page);
}

void SlabState::page_returned(void* argument) {
  const Exclusive exclusive;
  const CallbackScope scope;
  auto& page = *static_cast<Page*>(argument);
  page.state = PageState::kReturned;
  const auto number = static_cast<std::size_t>(&page - slab().pages_.data());
  const std::uintptr_t begin = arena_begin() + number * kSlabPageBytes;
  for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
    slab().check_free_image(*page.cache, address_of({.page = number, .index = index}),
                            Site::current());
  }
  asan_poison(begin, kSlabPageBytes);
  did(sim::Primitive::kSlabPageReturned, reinterpret_cast<void*>(begin), true, Site::current());
}

// --- What is known of an object ---

sim::Life SlabState::life_at(std::uintptr_t address) const {
  if (!contains(address)) return 0;
  const Exclusive exclusive;
  if (slot_of(address).page >= page_count_) return 0;
  const Object& object = object_at(address);
  return object.life | (object.state == ObjectState::kFree && object.ever_freed ? sim::kFreed : 0);
}

bool SlabState::is_free(const volatile void* object) const {
  return object_at(reinterpret_cast<std::uintptr_t>(object)).state == ObjectState::kFree;
}

void SlabState::hold(const volatile void* object) {
  const Exclusive exclusive;
  object_at(reinterpret_cast<std::uintptr_t>(object)).holders |= mask_of(running().cpu());
}

void SlabState::unhold(const volatile void* object) {
  const Exclusive exclusive;
  object_at(reinterpret_cast<std::uintptr_t>(object)).holders &= ~mask_of(running().cpu());
}

}  // namespace revenant::kernel
