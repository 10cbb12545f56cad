#include "kernel/slab_state.h"

#include <algorithm>
#include <climits>

#include "base/check.h"
#include "kernel/lock_owner.h"
#include "sim/happens_before.h"

#ifdef REVENANT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace revenant::kernel {
namespace {

constexpr std::uint64_t kPoison = 0x6b6b6b6b6b6b6b6bU;  // POISON_FREE of include/linux/poison.h.
constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

alignas(kSlabPageBytes) unsigned char arena[kSlabPages * kSlabPageBytes];

// The slab's own look at memory that it has poisoned. Volatile, so that no call of memset or memcmp
// comes of it: TSan would take that for an access of the running CPU.
[[clang::no_sanitize("address")]] std::uint64_t peek(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint64_t*>(address);
}
[[clang::no_sanitize("address")]] void poke(std::uintptr_t address, std::uint64_t word) {
  *reinterpret_cast<volatile std::uint64_t*>(address) = word;
}

void asan_poison([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::size_t size_bytes) {
#ifdef REVENANT_WITH_ASAN
  __asan_poison_memory_region(reinterpret_cast<void*>(begin), size_bytes);
#endif
}
void asan_unpoison([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::size_t size_bytes) {
#ifdef REVENANT_WITH_ASAN
  __asan_unpoison_memory_region(reinterpret_cast<void*>(begin), size_bytes);
#endif
}

// Fills the unowned bytes with poison. ASan's shadow knows words only: one with an owned byte in it
// stays accessible to plain code.
void poison_object(const kmem_cache& cache, std::uintptr_t object) {
  for (std::size_t i = 0; i < cache.size_bytes / kWordBytes; ++i) {
    const std::uintptr_t word = object + i * kWordBytes;
    const std::uint64_t keep = cache.owned[i] | cache.readable[i];
    if (keep == ~std::uint64_t{0}) continue;
    poke(word, (peek(word) & keep) | (kPoison & ~keep));
    if (keep == 0) asan_poison(word, kWordBytes);
  }
}

// 0xff for each of the first size_bytes bytes of a word.
std::uint64_t byte_mask(std::size_t size_bytes) {
  return size_bytes >= kWordBytes ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size_bytes)) - 1;
}

void mark(std::array<std::uint64_t, kmem_cache::kMaxWords>& words, const sim::Field& field) {
  for (std::size_t i = field.offset_bytes; i < field.offset_bytes + field.size_bytes; ++i) {
    words[i / kWordBytes] |= std::uint64_t{0xff} << (8 * (i % kWordBytes));
  }
}

const sim::Field& field_named(const kmem_cache& cache, std::string_view name) {
  const auto found = std::ranges::find(cache.args.fields, name, &sim::Field::name);
  REVENANT_CHECK(found != cache.args.fields.end());
  return *found;
}

using Words = std::array<std::uint64_t, kmem_cache::kMaxWords>;

std::uint64_t built(const kmem_cache& cache, Words& object, std::uint64_t before, std::size_t i) {
  object.fill(before);
  cache.args.ctor(object.data());
  return object[i];
}

// What a constructor leaves in word `i`: the bytes that come out equal whatever was there before.
// An address in the object itself, as in an empty list_head, comes out equal but for where the
// object is.
void find_owned_bytes_of_word(kmem_cache& cache, std::size_t i) {
  alignas(kMaxObjectBytes) std::array<Words, 2> objects;
  std::array<std::uint64_t, 2> word{};
  std::uint64_t differs = 0;
  for (std::size_t k = 0; k < objects.size(); ++k) {
    word[k] = built(cache, objects[k], 0, i);
    differs |= word[k] ^ built(cache, objects[k], ~std::uint64_t{0}, i);
  }
  const std::uint64_t distance = reinterpret_cast<std::uintptr_t>(objects[1].data()) -
                                 reinterpret_cast<std::uintptr_t>(objects[0].data());
  cache.is_address[i] = differs == 0 && word[1] - word[0] == distance;
  if (cache.is_address[i]) {
    cache.owned[i] = ~std::uint64_t{0};
    cache.image[i] = word[0] - reinterpret_cast<std::uintptr_t>(objects[0].data());
    return;
  }
  differs |= word[0] ^ word[1];
  for (unsigned shift = 0; shift < 64; shift += 8) {
    const std::uint64_t byte = std::uint64_t{0xff} << shift;
    if ((differs & byte) == 0) cache.owned[i] |= byte;
  }
  cache.image[i] = word[0] & cache.owned[i];
}

void find_owned_bytes(kmem_cache& cache) {
  if (cache.args.ctor == nullptr || (cache.flags & SLAB_TYPESAFE_BY_RCU) == 0) return;
  for (std::size_t i = 0; i < cache.size_bytes / kWordBytes; ++i)
    find_owned_bytes_of_word(cache, i);
}

// What word `i` of this object holds when it is free, where that is known.
std::uint64_t free_word(const kmem_cache& cache, std::uintptr_t object, std::size_t i) {
  return cache.image[i] + (cache.is_address[i] ? object : 0);
}

// 0xff for each byte of the word at `word` that belongs to a lock that somebody holds.
std::uint64_t held_bytes(std::uintptr_t word) {
  std::uint64_t bytes = 0;
  lock_owners().for_each_held_in(word, kWordBytes,
                                 [&](CpuId, std::uintptr_t lock, std::size_t size_bytes) {
                                   bytes |= byte_mask(size_bytes) << (8 * (lock - word));
                                 });
  return bytes;
}

std::string said(const Where& where) {
  return "CPU " + std::to_string(index_of(where.at.cpu)) + " in op " + std::to_string(where.at.op) +
         " at step " + std::to_string(where.step);
}

}  // namespace

SlabState& slab() {
  static SlabState state;
  return state;
}

std::uintptr_t SlabState::arena_begin() { return reinterpret_cast<std::uintptr_t>(arena); }

void SlabState::begin_run() {
  page_count_ = cache_count_ = 0;
  last_incarnation_ = 0;
}

SlabState::Slot SlabState::slot_of(std::uintptr_t address) {
  const std::size_t offset = address - arena_begin();
  constexpr std::size_t kStride = kSlabPageBytes / kObjectsPerPage;
  return {.page = offset / kSlabPageBytes, .index = offset % kSlabPageBytes / kStride};
}

std::uintptr_t SlabState::address_of(const kmem_cache& /*cache*/, Slot slot) {
  constexpr std::size_t kStride = kSlabPageBytes / kObjectsPerPage;
  return arena_begin() + slot.page * kSlabPageBytes + slot.index * kStride;
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
  return {.at = sim::running().here(), .step = sim::running().step(), .site = site};
}

// --- Caches and pages ---

kmem_cache* SlabState::create(std::string_view name, std::size_t size_bytes,
                              const kmem_cache_args& args, slab_flags_t flags) {
  REVENANT_CHECK(cache_count_ < kMaxCaches && size_bytes <= kMaxObjectBytes);
  kmem_cache& cache = caches_[cache_count_++];
  cache.name = name;
  cache.size_bytes = (size_bytes + kWordBytes - 1) / kWordBytes * kWordBytes;
  cache.args = args;
  cache.flags = flags;
  cache.free_count = 0;
  cache.object_count = 0;
  cache.owned.fill(0);
  cache.readable.fill(0);
  cache.image.fill(0);
  cache.is_address.fill(false);
  find_owned_bytes(cache);
  for (const std::string_view field : args.readable)
    mark(cache.readable, field_named(cache, field));
  for (std::size_t i = 0; i < kmem_cache::kMaxWords; ++i) {
    const std::uint64_t poisoned = ~(cache.owned[i] | cache.readable[i]);
    cache.image[i] |= kPoison & poisoned;
    cache.mask[i] = cache.owned[i] | poisoned;
  }
  cache.has_refcount = !args.refcount.empty();
  if (cache.has_refcount) {
    cache.refcount_offset_bytes = field_named(cache, args.refcount).offset_bytes;
  }
  return &cache;
}

void SlabState::new_page(kmem_cache* cache) {
  REVENANT_CHECK(page_count_ < kSlabPages);
  const std::size_t number = page_count_++;
  Page& page = pages_[number];
  page.state = PageState::kInUse;
  page.cache = cache;
  asan_unpoison(arena_begin() + number * kSlabPageBytes, kSlabPageBytes);
  // Pushed in reverse, so that the first object of the page is the first to be handed out.
  for (std::size_t index = kObjectsPerPage; index-- > 0;) {
    page.objects[index] = Object{};
    const std::uintptr_t object = address_of(*cache, {.page = number, .index = index});
    if (cache->args.ctor != nullptr) cache->args.ctor(reinterpret_cast<void*>(object));
    poison_object(*cache, object);
    sim::hb_renew(&page.objects[index].clock);  // Who gets it first sees what the constructor did.
    cache->free[cache->free_count++] = static_cast<std::uint16_t>(number * kObjectsPerPage + index);
  }
  for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
    sim::running().memory().add({.begin = address_of(*cache, {.page = number, .index = index}),
                                 .size_bytes = cache->size_bytes,
                                 .name = cache->name,
                                 .number = cache->object_count++,
                                 .fields = cache->args.fields});
  }
}

void* SlabState::alloc(kmem_cache* cache, Site site) {
  const sim::HarnessScope harness;
  if (cache->free_count == 0) new_page(cache);
  const auto picked = sim::running().pick(static_cast<std::uint32_t>(cache->free_count));
  const std::size_t position = cache->free_count - 1 - picked;
  const std::uint16_t number = cache->free[position];
  std::copy(cache->free.begin() + position + 1, cache->free.begin() + cache->free_count,
            cache->free.begin() + position);
  --cache->free_count;
  const Slot slot{.page = number / kObjectsPerPage, .index = number % kObjectsPerPage};
  const std::uintptr_t address = address_of(*cache, slot);
  check_free_image(*cache, address, site);
  Object& object = pages_[slot.page].objects[slot.index];
  object.former_allocated = object.allocated;
  object.former_freed = object.freed;
  object.allocated = here(site);
  object.state = ObjectState::kAllocated;
  object.ever_allocated = true;
  object.incarnation = ++last_incarnation_;
  ++object.life;
  object.holders = 0;
  asan_unpoison(address, cache->size_bytes);
  sim::hb_acquire(&object.clock);
  return reinterpret_cast<void*>(address);
}

void SlabState::free(kmem_cache* cache, void* pointer, Site site) {
  const sim::HarnessScope harness;
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  REVENANT_CHECK(contains(address));
  check_free_allowed(*cache, pointer, site);
  Object& object = object_at(address);
  object.state = ObjectState::kFree;
  object.ever_freed = true;
  object.freed = here(site);
  poison_object(*cache, address);
  sim::hb_renew(&object.clock);
  const Slot slot = slot_of(address);
  cache->free[cache->free_count++] =
      static_cast<std::uint16_t>(slot.page * kObjectsPerPage + slot.index);
  return_page_by_choice(slot);
}

void SlabState::return_page_by_choice(Slot slot) {
  Page& page = pages_[slot.page];
  const bool all_free = std::ranges::all_of(
      page.objects, [](const Object& object) { return object.state == ObjectState::kFree; });
  // Returned pages stay out of use, so that a stale pointer never finds a new page there.
  constexpr std::size_t kKeptInReserve = kSlabPages / 2;
  if (!all_free || page_count_ >= kKeptInReserve) return;
  if (sim::running().pick(2) == 0) return;
  page.state = PageState::kReturning;
  kmem_cache& cache = *page.cache;
  auto* const end =
      std::remove_if(cache.free.begin(), cache.free.begin() + cache.free_count,
                     [&](std::uint16_t number) { return number / kObjectsPerPage == slot.page; });
  cache.free_count = static_cast<std::size_t>(end - cache.free.begin());
  sim::running().call_rcu(&page_returned, &page);
}

void SlabState::page_returned(void* argument) {
  auto& page = *static_cast<Page*>(argument);
  page.state = PageState::kReturned;
  const auto number = static_cast<std::size_t>(&page - slab().pages_.data());
  const std::uintptr_t begin = arena_begin() + number * kSlabPageBytes;
  for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
    slab().check_free_image(*page.cache, address_of(*page.cache, {.page = number, .index = index}),
                            Site::current());
  }
  asan_poison(begin, kSlabPageBytes);
  did(sim::Primitive::kSlabPageReturned, reinterpret_cast<void*>(begin), true, Site::current());
}

// --- Judges ---

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
  const Page& page = pages_[slot.page];
  if (slot.page >= page_count_) raise(FindingKind::kUseAfterFree, "wild access to", address, site);
  const Object& object = page.objects[slot.index];
  sim::Machine& machine = sim::running();
  if (object.state == ObjectState::kAllocated) {
    if (object.life > 1) machine.feature((std::uint64_t{1} << 40) | site.line());
    return;
  }
  machine.feature((std::uint64_t{2} << 40) | site.line());
  if (page.state == PageState::kReturned) {
    raise(FindingKind::kUseAfterGracePeriod, "access to returned", address, site);
  }
  const std::size_t offset = address - address_of(*page.cache, slot);
  const std::uint64_t bytes = byte_mask(size_bytes) << (8 * (offset % kWordBytes));
  const std::uint64_t owned = page.cache->owned[offset / kWordBytes];
  const std::uint64_t readable = owned | page.cache->readable[offset / kWordBytes];
  const std::uint64_t allowed = access == Access::kRead ? readable : owned;
  if (access == Access::kWrite || (bytes & ~allowed) != 0) {
    raise(FindingKind::kUseAfterFree,
          access == Access::kWrite ? "write to freed" : "access to freed", address, site);
  }
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
  if (!cache.has_refcount || address != address_of(cache, slot) + cache.refcount_offset_bytes) {
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
  for (std::size_t i = 0; i < cache.size_bytes / kWordBytes; ++i) {
    const std::uintptr_t word = object + i * kWordBytes;
    std::uint64_t wrong = (peek(word) ^ free_word(cache, object, i)) & cache.mask[i];
    if (wrong != 0) wrong &= ~held_bytes(word);
    if (wrong != 0) {
      raise(FindingKind::kUseAfterFree, "plain write while free to", word, site);
    }
  }
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
  for (std::size_t i = 0; i < cache.size_bytes / kWordBytes; ++i) {
    const std::uintptr_t word = address + i * kWordBytes;
    std::uint64_t wrong = (peek(word) ^ free_word(cache, address, i)) & cache.owned[i];
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
  const std::string name = sim::running().memory().object_at(address, life_at(address));
  const std::string history = ": " + history_of(object);
  if (now == 0) {
    sim::running().raise(FindingKind::kUseAfterFree, site, "relies on freed " + name + history);
  }
  sim::running().raise(FindingKind::kRecycledObject, site,
                       "relies on " + name + " as if it were an earlier life" + history);
}

void SlabState::hold(const volatile void* object) {
  object_at(reinterpret_cast<std::uintptr_t>(object)).holders |= mask_of(sim::running().cpu());
}

void SlabState::unhold(const volatile void* object) {
  object_at(reinterpret_cast<std::uintptr_t>(object)).holders &= ~mask_of(sim::running().cpu());
}

void SlabState::report_left_over(Site site) {
  for (std::size_t number = 0; number < page_count_; ++number) {
    const Page& page = pages_[number];
    for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
      const std::uintptr_t address = address_of(*page.cache, {.page = number, .index = index});
      if (page.objects[index].state == ObjectState::kAllocated) {
        raise(FindingKind::kLeak, "nothing will free", address, site);
      }
      check_free_image(*page.cache, address, site);
    }
  }
}

// --- What is known of an object ---

sim::Life SlabState::life_at(std::uintptr_t address) const {
  if (!contains(address) || slot_of(address).page >= page_count_) return 0;
  const Object& object = object_at(address);
  return object.life | (object.state == ObjectState::kFree && object.ever_freed ? sim::kFreed : 0);
}

Incarnation SlabState::incarnation_of(const volatile void* object) const {
  const auto address = reinterpret_cast<std::uintptr_t>(object);
  if (!contains(address) || slot_of(address).page >= page_count_ || is_free(object)) return 0;
  return object_at(address).incarnation;
}

bool SlabState::is_free(const volatile void* object) const {
  return object_at(reinterpret_cast<std::uintptr_t>(object)).state == ObjectState::kFree;
}

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

sim::SanitizerVerdict SlabState::explain(FindingKind kind, std::uintptr_t address) const {
  const auto* const pointer = reinterpret_cast<const void*>(address);
  if (!contains(address)) return {.kind = kind, .text = "on " + name_of(pointer)};
  std::string text = name_of(pointer) + ": " + history_of(pointer);
  if (kind != FindingKind::kAsan || slot_of(address).page >= page_count_ || !is_free(pointer)) {
    return {.kind = kind, .text = "on " + text};
  }
  const bool returned = pages_[slot_of(address).page].state == PageState::kReturned;
  return {.kind = returned ? FindingKind::kUseAfterGracePeriod : FindingKind::kUseAfterFree,
          .text = "plain access to freed " + text};
}

}  // namespace revenant::kernel
