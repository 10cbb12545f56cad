// kmem_cache: a cache of equal objects, whose memory keeps its type after kmem_cache_free where the
// cache is SLAB_TYPESAFE_BY_RCU. After mm/slub.c, include/linux/slab.h and the rules there.
//
// Invariants  A free object holds poison in every byte that its constructor does not own.
//             The constructor runs once for each object of a new slab page, not per allocation; its
//             state must hold again whenever an object is freed, and is kept while it is free, in
//             a cache that is not type-stable too.
//             A freed object may be handed out again at once; its page goes back only after a grace
//             period, and then for the rest of the run.
// Reuse       Which free object an allocation returns is a choice; by default the one freed last.
//             Whether a page whose objects are all free goes back is a choice; the default is no.
// Yields      kmem_cache_alloc and kmem_cache_free: one scheduling point each, before any change.
// Ordering    Who gets an object sees all that its freer did. Nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/finding.h"
#include "sim/memory_map.h"

namespace revenant::kernel {

using gfp_t = std::uint32_t;
inline constexpr gfp_t GFP_KERNEL = 1;  // May sleep.
inline constexpr gfp_t GFP_ATOMIC = 0;

using slab_flags_t = std::uint32_t;
inline constexpr slab_flags_t SLAB_TYPESAFE_BY_RCU = 1;

struct kmem_cache;

struct kmem_cache_args {
  // Leaves an object as every later free must leave it. Must not yield; may be null.
  void (*ctor)(void*) = nullptr;
  // For traces.
  std::span<const sim::Field> fields{};
  // The field, if any, that counts references: it must be 0 in a free object, may rise from 0 only
  // by atomic_set, and may not fall below 0. Once the object was freed, atomic_set may not set it
  // where it is not 0: a reader may have counted itself. Where stale readers look at it, a
  // constructor must set it: what no constructor sets is poisoned by the free.
  std::string_view refcount{};
  // Fields that a stale reader may read, though not write, after the free: they keep their values.
  // Without effect where the cache is not type-stable.
  std::span<const std::string_view> readable{};
};

// For the time of one run. Must be called before the CPUs start. `name`, `args.fields` and
// `args.readable` must outlive the run; size_bytes is at most 256.
kmem_cache* kmem_cache_create(std::string_view name, std::size_t size_bytes,
                              const kmem_cache_args& args, slab_flags_t flags);

// Never nullptr. Findings: those of might_sleep (bug.h) with GFP_KERNEL; use-after-free when the
// object was written while it was free; leak when there is no room for more objects.
void* kmem_cache_alloc(kmem_cache* cache, gfp_t flags, Site site = Site::current());

// Of nullptr: nothing happens. Findings: double-free, also where call_rcu has a head in the object
// queued; free-while-locked; bad-constructor-state; refcount for a count that is left and that no
// constructor sets; bug-on for what is no object of the cache.
void kmem_cache_free(kmem_cache* cache, void* object, Site site = Site::current());

}  // namespace revenant::kernel
