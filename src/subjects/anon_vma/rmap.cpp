// The protocol of [PATCH 13/13] "mm: Optimize page_lock_anon_vma" (Zijlstra, 2010-04-08) with 5/13's
// reference count, and the safety elements that later versions added, each at its place.
#include "kernel/bug.h"
#include "kernel/compiler.h"
#include "kernel/rcupdate.h"
#include "subjects/anon_vma/anon_vma.h"

namespace revenant::anon_vma_subject {

using namespace kernel;

namespace {

// The anon_vma that a value of page->mapping names, or nullptr.
anon_vma* anon_mapping(address_space* mapping) {
  const auto bits = reinterpret_cast<unsigned long>(mapping);
  if ((bits & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON) return nullptr;
  return reinterpret_cast<anon_vma*>(bits - PAGE_MAPPING_ANON);
}

// Requires that no reference is left. A stale reader may still find the object, and lock it.
void anon_vma_free(anon_vma* anon_vma) {
  BUG_ON(atomic_read(&anon_vma->refcount) != 0);
  // The flush: who locked the object while it was alive relies on the lock alone, so wait for them.
  mutex_lock(&anon_vma->lock);
  mutex_unlock(&anon_vma->lock);
  kmem_cache_free(world.anon_vma_cachep, anon_vma);
}

// What page->mapping names, if the page is mapped. From here the object may be freed and recycled;
// only its type is sure, and only until the section ends.
anon_vma* find_anon_vma(page* page) {
  anon_vma* const found = anon_mapping(READ_ONCE(page->mapping));
  if (found == nullptr) return nullptr;
  return page_mapped(page) ? found : nullptr;
}

}  // namespace

anon_vma* anon_vma_alloc() {
  auto* const fresh = static_cast<anon_vma*>(kmem_cache_alloc(world.anon_vma_cachep, GFP_KERNEL));
  // No lock: from here on a stale reader that finds this object can take a reference.
  atomic_set(&fresh->refcount, 1);
  return fresh;
}

void anon_vma_put(anon_vma* anon_vma) {
  if (atomic_dec_and_test(&anon_vma->refcount)) anon_vma_free(anon_vma);
}

anon_vma* anon_vma_get(page* page) {
  rcu_read_lock();
  anon_vma* found = find_anon_vma(page);
  if (found != nullptr && !atomic_inc_not_zero(&found->refcount)) found = nullptr;
  const bool is_stale = found != nullptr && world.rules.mapped_after_reference && !page_mapped(page);
  rcu_read_unlock();
  if (!is_stale) return found;
  anon_vma_put(found);
  return nullptr;
}

anon_vma* page_lock_anon_vma(page* page) {
again:
  rcu_read_lock();
  anon_vma* found = find_anon_vma(page);
  if (found == nullptr) goto unlock;

  if (!mutex_trylock(&found->lock)) {
    // Contended: sleeping needs a reference, since the section must end first.
    if (!atomic_inc_not_zero(&found->refcount)) {
      found = nullptr;
      goto unlock;
    }
    if (world.rules.mapped_after_reference && !page_mapped(page)) {
      rcu_read_unlock();
      anon_vma_put(found);
      return nullptr;
    }
    rcu_read_unlock();
    mutex_lock(&found->lock);
    // The lock pins from here. If the reference was the last one, nobody else is left to free it.
    if (atomic_dec_and_test(&found->refcount)) {
      mutex_unlock(&found->lock);
      anon_vma_free(found);
      return nullptr;
    }
    goto out;
  }

  smp_rmb();  // As posted: meant to order the lock before the count. The trylock already does.
  if (atomic_read(&found->refcount) == 0 ||
      (world.rules.mapped_after_trylock && !page_mapped(page))) {
    mutex_unlock(&found->lock);
    found = nullptr;
  }

unlock:
  rcu_read_unlock();
out:
  if (found != nullptr && world.rules.mapping_after_lock &&
      anon_mapping(READ_ONCE(page->mapping)) != found) {
    mutex_unlock(&found->lock);
    goto again;
  }
  return found;
}

void page_unlock_anon_vma(anon_vma* anon_vma) { mutex_unlock(&anon_vma->lock); }

}  // namespace revenant::anon_vma_subject
