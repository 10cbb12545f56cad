// What processes do: fault, unmap, fork, exit, merge vmas, move pages. The memory management around
// the protocol, as far as the protocol depends on it.
#include <algorithm>

#include "kernel/bug.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject {

using namespace kernel;

namespace {

// Which vma a page faults into.
int vma_of_page(int page) { return page % kVmasPerMm; }

unsigned long pte_of_vma(const mm_struct* mm, const vm_area_struct* vma) {
  return static_cast<unsigned long>(vma - mm->vmas) + 1;
}

// Requires mmap_lock, which all writers of page table entries hold: so plain code.
bool is_mapped_by(const mm_struct* mm, int page, const vm_area_struct* vma) {
  return mm->ptes[page] == pte_of_vma(mm, vma);
}

void set_mapping(page* page, struct anon_vma* anon_vma) {
  oracle::page_will_name(page, anon_vma);
  WRITE_ONCE(page->mapping, as_mapping(anon_vma));
  oracle::page_names(page);
}

// Requires mmap_lock. A process is no more than what it has faulted in.
bool is_empty(const mm_struct* mm) {
  return std::ranges::all_of(mm->vmas,
                             [](const vm_area_struct& vma) { return vma.anon_vma == nullptr; });
}

// Requires mmap_lock.
void unmap_vma(mm_struct* mm, vm_area_struct* vma) {
  if (vma->anon_vma == nullptr) return;  // Never faulted.
  if (!world.rules.unmaps_before_unlink) unlink_anon_vmas(vma);
  for (int page = 0; page < kPages; ++page) {
    if (is_mapped_by(mm, page, vma)) zap(mm, page);
  }
  if (world.rules.unmaps_before_unlink) unlink_anon_vmas(vma);
}

// Another process that maps the page is not linked to where it would go.
bool may_move(const page* page) {
  return !world.rules.moves_exclusive_only || page->anon_exclusive;
}

// The vmas and their chains are whole again.
void unlock_mm(mm_struct* mm, Site site = Site::current()) {
  oracle::mm_settled(mm, site);
  mutex_unlock(&mm->mmap_lock, site);
}

}  // namespace

bool page_mapped(page* page, Site site) { return atomic_read(&page->mapcount, site) > 0; }

bool get_page_unless_zero(page* page) { return atomic_inc_not_zero(&page->refcount); }

void put_page(page* page) {
  if (!atomic_dec_and_test(&page->refcount)) return;
  WRITE_ONCE(page->mapping, nullptr);
  atomic_set_release(&page->buddy, 1);
}

void fault(mm_struct* mm, int number) {
  page* const page = &world.pages[number];
  mutex_lock(&mm->mmap_lock);
  if (atomic_cmpxchg(&page->buddy, 1, 0) == 1) {
    vm_area_struct* const vma = &mm->vmas[vma_of_page(number)];
    anon_vma_prepare(vma);
    // As in __SetPageUptodate: what was set up is seen by who finds the mapping.
    if (world.rules.fault_publishes) smp_wmb();
    atomic_set(&page->refcount, 1);
    if (world.rules.counts_before_mapping) atomic_set(&page->mapcount, 1);
    set_mapping(page, vma->anon_vma);
    if (world.rules.count_publishes) smp_wmb();
    if (!world.rules.counts_before_mapping) atomic_set(&page->mapcount, 1);
    page->anon_exclusive = true;
    WRITE_ONCE(mm->ptes[number], pte_of_vma(mm, vma));
  }
  unlock_mm(mm);
}

// Requires mmap_lock and that the page is mapped. The mapping stays: a page in the swap cache has
// one.
void zap(mm_struct* mm, int number) {
  page* const page = &world.pages[number];
  WRITE_ONCE(mm->ptes[number], 0UL);
  atomic_dec_return(&page->mapcount);
  put_page(page);
}

void munmap(mm_struct* mm, int vma) {
  mutex_lock(&mm->mmap_lock);
  unmap_vma(mm, &mm->vmas[vma]);
  unlock_mm(mm);
}

void exit_mm(mm_struct* mm) {
  mutex_lock(&mm->mmap_lock);
  for (vm_area_struct& vma : mm->vmas) unmap_vma(mm, &vma);
  unlock_mm(mm);
}

void fork_mm(mm_struct* parent, mm_struct* child) {
  if (parent == child) return;
  exit_mm(child);
  mutex_lock(parent < child ? &parent->mmap_lock : &child->mmap_lock);
  mutex_lock(parent < child ? &child->mmap_lock : &parent->mmap_lock);
  if (is_empty(child)) {
    for (int i = 0; i < kVmasPerMm; ++i) {
      anon_vma_fork(&child->vmas[i], &parent->vmas[i]);
      for (int number = 0; number < kPages; ++number) {
        if (!is_mapped_by(parent, number, &parent->vmas[i])) continue;
        page* const page = &world.pages[number];
        if (world.rules.fork_clears_exclusive && page->anon_exclusive) page->anon_exclusive = false;
        atomic_inc(&page->refcount);
        atomic_inc(&page->mapcount);
        WRITE_ONCE(child->ptes[number], pte_of_vma(child, &child->vmas[i]));
      }
    }
  }
  unlock_mm(parent);
  unlock_mm(child);
}

// mprotect: the page's part of its vma becomes a vma of its own.
void split_vma(mm_struct* mm, int number) {
  mutex_lock(&mm->mmap_lock);
  const unsigned long pte = READ_ONCE(mm->ptes[number]);
  vm_area_struct* const to = &mm->vmas[kVmasPerMm - std::max(pte, 1UL)];
  if (pte != 0 && to->anon_vma == nullptr) {
    vm_area_struct* const from = &mm->vmas[pte - 1];
    to->anon_vma = from->anon_vma;
    anon_vma_clone(to, from, false);
    WRITE_ONCE(mm->ptes[number], pte_of_vma(mm, to));
  }
  unlock_mm(mm);
}

// mremap: vma 0 is moved beside vma 1, and the two become one, which keeps the chain of vma 1.
// After is_mergeable_anon_vma: vmas of one anon_vma are taken to have the same chain.
void mremap_merge(mm_struct* mm) {
  vm_area_struct* const from = &mm->vmas[0];
  vm_area_struct* const to = &mm->vmas[1];
  mutex_lock(&mm->mmap_lock);
  const bool is_faulted = to->anon_vma != nullptr;
  if (from->anon_vma != nullptr && (!is_faulted || to->anon_vma == from->anon_vma)) {
    to->anon_vma = from->anon_vma;
    if (!is_faulted && world.rules.merge_clones) anon_vma_clone(to, from, false);
    for (int number = 0; number < kPages; ++number) {
      if (is_mapped_by(mm, number, from)) WRITE_ONCE(mm->ptes[number], pte_of_vma(mm, to));
    }
    unlink_anon_vmas(from);
  }
  unlock_mm(mm);
}

// UFFDIO_MOVE: a page that nobody else ever mapped goes to the other vma, whose root is another
// one.
void uffdio_move(mm_struct* mm, int number) {
  if (!world.rules.moves_between_roots) return;
  page* const page = &world.pages[number];
  mutex_lock(&mm->mmap_lock);
  const unsigned long pte = READ_ONCE(mm->ptes[number]);
  if (pte != 0) {
    vm_area_struct* const from = &mm->vmas[pte - 1];
    vm_area_struct* const to = &mm->vmas[kVmasPerMm - pte];
    if (world.rules.move_locks_folio) mutex_lock(&page->lock);
    if (may_move(page) && from->anon_vma != nullptr) {
      anon_vma_prepare(to);
      if (world.rules.move_publishes) smp_wmb();
      struct anon_vma* const named = anon_mapping(READ_ONCE(page->mapping));
      struct anon_vma* const owner = anon_vma_lock_owner(named);
      if (world.rules.move_locks_anon_vma) anon_vma_lock_write(owner);
      WRITE_ONCE(mm->ptes[number], 0UL);
      set_mapping(page, to->anon_vma);
      WRITE_ONCE(mm->ptes[number], pte_of_vma(mm, to));
      if (world.rules.move_locks_anon_vma) anon_vma_unlock_write(owner);
    }
    if (world.rules.move_locks_folio) mutex_unlock(&page->lock);
  }
  unlock_mm(mm);
}

}  // namespace revenant::anon_vma_subject
