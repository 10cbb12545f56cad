// Types and functions of anon rmap as the mail of 2010-04-09 has them: an anon_vma with its own
// mutex and a reference count, on a SLAB_TYPESAFE_BY_RCU slab, named by page->mapping.
//
// Who needs what, for two calls that may run at once on the same anon_vma:
//
//                          page_lock_anon_vma       anon_vma_put, last       anon_vma_alloc, reuse
//   page_lock_anon_vma     the mutex                flush in free, mapped    mapped after the lock
//   anon_vma_put, last     -                        the count, once to 0     the slab
//   anon_vma_alloc         -                        -                        the slab
#pragma once

#include "kernel/atomic.h"
#include "kernel/mutex.h"
#include "kernel/slab.h"
#include "subjects/anon_vma/rules.h"

namespace revenant::anon_vma_subject {

using kernel::atomic_t;
using kernel::mutex;

struct vm_area_struct;

struct anon_vma {
  mutex lock;                     // Constructor state: unlocked.
  atomic_t refcount;              // Constructor state: 0.
  vm_area_struct* vma;            // Under lock. Constructor state: nullptr.
  unsigned long num_active_vmas;  // Under lock; what a walker reads.
};

struct address_space;  // What page->mapping names when it has no tag.

// Tags in the low bits of page->mapping.
inline constexpr unsigned long PAGE_MAPPING_ANON = 1;
inline constexpr unsigned long PAGE_MAPPING_FLAGS = 3;

struct page {
  address_space* mapping;  // Not cleared by unmapping, only when the page is freed.
  atomic_t mapcount;       // How many page table entries map the page.
  atomic_t refcount;       // 0 is a page that nobody may look at.
  atomic_t buddy;          // 1 is a page on the page allocator's free list.
};

struct vm_area_struct {
  anon_vma* owner;     // Owned by who put the page table entry there, until it is cleared.
  unsigned long pte;       // Not 0: maps the page. Cleared atomically by who unmaps.
};

inline bool page_mapped(page* page, Site site = Site::current()) {
  return kernel::atomic_read(&page->mapcount, site) > 0;
}

// --- rmap.cpp: the protocol ---

// An anon_vma with one reference, the caller's. Only the constructor's fields are set up.
anon_vma* anon_vma_alloc();
// Drops a reference; frees with the last. May sleep.
void anon_vma_put(anon_vma* anon_vma);
// The anon_vma that page->mapping names, with a reference; nullptr if the page has none.
anon_vma* anon_vma_get(page* page);
// The same, locked, and pinned by the lock alone.
anon_vma* page_lock_anon_vma(page* page);
void page_unlock_anon_vma(anon_vma* anon_vma);

// --- memory.cpp: the memory management around it ---

// Maps a page that is free, with a new anon_vma. Does nothing if the page is in use.
void do_anonymous_page(page* page, vm_area_struct* vma);
// Unmaps the page, and drops the anon_vma. Does nothing if the page is not mapped.
void zap_page(page* page, vm_area_struct* vma);
// A reference to a page that somebody else uses, so that it cannot be freed; false for a free page.
bool get_page_unless_zero(page* page);
void put_page(page* page);

// --- The world of a run ---

inline constexpr int kPages = 3;

struct World {
  Rules rules;
  kernel::kmem_cache* anon_vma_cachep = nullptr;
  page pages[kPages];
  vm_area_struct vmas[kPages];  // vmas[n] maps pages[n].
};

extern World world;

}  // namespace revenant::anon_vma_subject
