#include "kernel/slab.h"

#include "kernel/bug.h"
#include "kernel/engine.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

kmem_cache* kmem_cache_create(std::string_view name, std::size_t size_bytes,
                              const kmem_cache_args& args, slab_flags_t flags) {
  return slab().create(name, size_bytes, args, flags);
}

void* kmem_cache_alloc(kmem_cache* cache, gfp_t flags, Site site) {
  if ((flags & GFP_KERNEL) != 0) might_sleep(site);
  running().point(site);
  const Exclusive exclusive;
  void* const object = slab().alloc(cache, site);
  did(sim::Primitive::kKmemCacheAlloc, object, true, site);
  return object;
}

void kmem_cache_free(kmem_cache* cache, void* object, Site site) {
  running().point(site);
  const Exclusive exclusive;
  // Recorded first, while the object still has the life that ends.
  did(sim::Primitive::kKmemCacheFree, object, true, site);
  if (object != nullptr) slab().free(cache, object, site);
}

}  // namespace revenant::kernel
