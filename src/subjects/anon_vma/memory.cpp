// The memory management around the protocol: pages that are allocated, mapped, unmapped and freed.
#include "kernel/bug.h"
#include "kernel/compiler.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject {

using namespace kernel;

namespace {

constexpr unsigned long kPresent = 1;

// anon_vma_prepare: gives the vma an anon_vma and links the two.
anon_vma* anon_vma_prepare(vm_area_struct* vma) {
  anon_vma* const fresh = anon_vma_alloc();
  // Even a fresh object is locked: it may be a recycled one that a stale reader holds (d9d332e0874f).
  mutex_lock(&fresh->lock);
  fresh->vma = vma;
  fresh->num_active_vmas = 1;
  mutex_unlock(&fresh->lock);
  vma->owner = fresh;
  return fresh;
}

void unlink_anon_vmas(vm_area_struct* vma) {
  anon_vma* const linked = vma->owner;
  vma->owner = nullptr;
  mutex_lock(&linked->lock);
  linked->vma = nullptr;
  linked->num_active_vmas = 0;
  mutex_unlock(&linked->lock);
  anon_vma_put(linked);
}

// page_add_new_anon_rmap: the count goes up before the mapping is set.
void page_add_anon_rmap(page* page, anon_vma* anon_vma) {
  atomic_set(&page->mapcount, 1);
  auto* const mapping = reinterpret_cast<address_space*>(
      reinterpret_cast<unsigned long>(anon_vma) + PAGE_MAPPING_ANON);
  WRITE_ONCE(page->mapping, mapping);
  oracle::page_names(page, anon_vma);
}

}  // namespace

void do_anonymous_page(page* page, vm_area_struct* vma) {
  if (atomic_cmpxchg(&page->buddy, 1, 0) != 1) return;
  anon_vma* const anon_vma = anon_vma_prepare(vma);
  smp_wmb();  // As in __SetPageUptodate: what was set up is seen by who finds the mapping.
  atomic_set(&page->refcount, 1);
  page_add_anon_rmap(page, anon_vma);
  xchg(&vma->pte, kPresent);
}

void zap_page(page* page, vm_area_struct* vma) {
  if (xchg(&vma->pte, 0UL) != kPresent) return;
  // page_remove_rmap. The mapping stays: a page in the swap cache still has one.
  atomic_dec_return(&page->mapcount);
  unlink_anon_vmas(vma);
  put_page(page);
}

bool get_page_unless_zero(page* page) { return atomic_inc_not_zero(&page->refcount); }

void put_page(page* page) {
  if (!atomic_dec_and_test(&page->refcount)) return;
  WRITE_ONCE(page->mapping, nullptr);
  atomic_set_release(&page->buddy, 1);
}

}  // namespace revenant::anon_vma_subject
