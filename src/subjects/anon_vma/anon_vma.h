// Anonymous reverse mapping: from a page to the vmas that map it. After mm/rmap.c of the Linux
// kernel, 2010 to 2026, and the mails around it; which version is a matter of Rules.
//
// A page names an anon_vma in page->mapping. An anon_vma is linked to vmas by chains
// (anon_vma_chain). Fork links the child's vmas to all anon_vmas of the parent's, and gives them
// one of their own; anon_vmas related by fork share the root, and since 2010 the root's lock.
//
// Who needs what, for two that may run at once:
//
//                       reader (rmap walk)         unmap, exit          fork, merge
//   reader              shared lock                flush in free        shared lock
//   unmap, exit         mapped after the pin       mmap_lock, ptes      mmap_lock
//   allocation, reuse   mapped after the pin       the slab             the slab
#pragma once

#include "kernel/atomic.h"
#include "kernel/compiler.h"
#include "kernel/mutex.h"
#include "kernel/rwsem.h"
#include "kernel/slab.h"
#include "kernel/spinlock.h"
#include "subjects/anon_vma/rules.h"

namespace revenant::anon_vma_subject {

using kernel::atomic_t;
using kernel::mutex;
using kernel::rw_semaphore;
using kernel::spinlock_t;

struct anon_vma_chain;
struct mm_struct;

struct anon_vma {
  // Constructor state, which every free object has.
  mutex lock;             // LockKind::kMutex
  spinlock_t spin;        // LockKind::kSpinlock
  rw_semaphore rwsem;     // LockKind::kRwsem
  anon_vma_chain* chain;  // The vmas linked here; under the lock.
  atomic_t refcount;      // 1 while `chain` is not empty, plus children of a root, plus users.
  std::uint32_t padding;
  // Set by allocation and fork.
  anon_vma* root;  // Whose lock is used. A stale reader may read it.
  anon_vma* parent;
  unsigned long num_children;     // Under the lock.
  unsigned long num_active_vmas;  // vmas whose vm_area_struct::anon_vma is this; under the lock.
};

struct vm_area_struct {
  mm_struct* vm_mm;
  struct anon_vma* anon_vma;  // What new pages name. Under mmap_lock.
  anon_vma_chain* chain;      // Every anon_vma that its pages may name. Under mmap_lock.
};

struct anon_vma_chain {
  vm_area_struct* vma;
  struct anon_vma* anon_vma;
  anon_vma_chain* same_vma;       // Under mmap_lock.
  anon_vma_chain* same_anon_vma;  // Under the anon_vma's lock.
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
  mutex lock;              // PG_locked.
  // PageAnonExclusive: one process alone has ever mapped the page. Under the mmap_lock of a process
  // that maps it: where it is set there is no other, and nobody sets it again. To be written only
  // where it changes, since of a shared page many may find it clear at once.
  bool anon_exclusive;
};

inline constexpr int kMms = 3;
inline constexpr int kPages = 3;
inline constexpr int kVmasPerMm = 2;

struct mm_struct {
  mutex mmap_lock;
  vm_area_struct vmas[kVmasPerMm];
  unsigned long ptes[kPages];  // 0, or the number of the vma plus one.
};

// --- rmap.cpp: the readers' protocol, and what it pins ---

// `root` is nullptr for one that is its own.
struct anon_vma* anon_vma_alloc(struct anon_vma* root);
// Drops a reference; frees with the last. May sleep.
void put_anon_vma(struct anon_vma* anon_vma);
// The anon_vma that page->mapping names, with a reference; nullptr if the page has none.
struct anon_vma* page_get_anon_vma(page* page);
// The same, locked for reading, and pinned by the lock.
struct anon_vma* page_lock_anon_vma(page* page);
void page_unlock_anon_vma(struct anon_vma* anon_vma);

// Locks of LockKind; each locks what `anon_vma` says now: the root, or in 2010 the object itself.
struct anon_vma* anon_vma_lock_owner(struct anon_vma* anon_vma);
void anon_vma_lock_read(struct anon_vma* owner);
void anon_vma_unlock_read(struct anon_vma* owner);
void anon_vma_lock_write(struct anon_vma* owner);
void anon_vma_unlock_write(struct anon_vma* owner);

// --- chain.cpp: vmas and anon_vmas, linked ---

// All require the mmap_lock of the vmas' mm, and may sleep.
void anon_vma_prepare(vm_area_struct* vma);
void anon_vma_clone(vm_area_struct* dst, vm_area_struct* src, bool may_reuse);
void anon_vma_fork(vm_area_struct* vma, vm_area_struct* parent);
void unlink_anon_vmas(vm_area_struct* vma);

// --- memory.cpp: what processes do; `number` is a page's ---

void fault(mm_struct* mm, int number);
void zap(mm_struct* mm, int number);
void munmap(mm_struct* mm, int vma);
void exit_mm(mm_struct* mm);
// The child's place may be taken: that process exits first.
void fork_mm(mm_struct* parent, mm_struct* child);
void split_vma(mm_struct* mm, int number);
void mremap_merge(mm_struct* mm);
void uffdio_move(mm_struct* mm, int number);
// A reference to a page that somebody else uses, so that it cannot be freed; false for a free page.
bool get_page_unless_zero(page* page);
void put_page(page* page);
bool page_mapped(page* page, Site site = Site::current());
struct anon_vma* anon_mapping(address_space* mapping);
address_space* as_mapping(struct anon_vma* anon_vma);

// --- The world of a run ---

struct World {
  Rules rules;
  kernel::kmem_cache* anon_vma_cachep = nullptr;
  kernel::kmem_cache* anon_vma_chain_cachep = nullptr;
  page pages[kPages];
  mm_struct mms[kMms];
};

extern World world;

}  // namespace revenant::anon_vma_subject
