// vmas and anon_vmas, linked by chains. After mm/rmap.c: anon_vma_prepare, anon_vma_clone,
// anon_vma_fork, unlink_anon_vmas.
#include "kernel/bug.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject {

using namespace kernel;

namespace {

using Anon = struct anon_vma;

// Requires the lock of anon_vma for writing, and mmap_lock.
void anon_vma_chain_link(vm_area_struct* vma, anon_vma_chain* avc, Anon* anon_vma) {
  oracle::edits_chain(anon_vma);
  avc->vma = vma;
  avc->anon_vma = anon_vma;
  // At the end, so that the root comes first here and in every clone.
  anon_vma_chain** last = &vma->chain;
  while (*last != nullptr) last = &(*last)->same_vma;
  avc->same_vma = nullptr;
  *last = avc;
  avc->same_anon_vma = anon_vma->chain;
  anon_vma->chain = avc;
}

anon_vma_chain* alloc_chain() {
  return static_cast<anon_vma_chain*>(kmem_cache_alloc(world.anon_vma_chain_cachep, GFP_KERNEL));
}

// Requires the lock of the anon_vma for writing.
void anon_vma_chain_unlink(anon_vma_chain* avc) {
  oracle::edits_chain(avc->anon_vma);
  anon_vma_chain** link = &avc->anon_vma->chain;
  while (*link != avc) link = &(*link)->same_anon_vma;
  *link = avc->same_anon_vma;
}

// What may become a child's own anon_vma: one without a vma, and without a child but the one that
// leads here. One counter for both cannot tell them apart once a leaf was left behind by an earlier
// reuse (CVE-2022-42703).
bool may_be_reused(const Anon* anon_vma) {
  if (!world.rules.reuses_at_fork) return false;
  if (!world.rules.counts_vmas_apart) return anon_vma->num_children + anon_vma->num_active_vmas < 2;
  return anon_vma->num_children < 2 && anon_vma->num_active_vmas == 0;
}

// Counters are kept for reuse alone, which came when one lock guarded a whole tree.
void count_child(Anon* parent, long delta) {
  if (world.rules.reuses_at_fork) parent->num_children += static_cast<unsigned long>(delta);
}
void count_vma(Anon* anon_vma, long delta) {
  if (world.rules.reuses_at_fork) anon_vma->num_active_vmas += static_cast<unsigned long>(delta);
}

// Locks of one tree: with a root's lock, one for all; in 2010, one for each anon_vma.
class WriteLock {
 public:
  void lock(Anon* anon_vma) {
    Anon* const owner = anon_vma_lock_owner(anon_vma);
    if (owner == held_) return;
    unlock();
    held_ = owner;
    anon_vma_lock_write(owner);
  }
  void unlock() {
    if (held_ != nullptr) anon_vma_unlock_write(held_);
    held_ = nullptr;
  }

 private:
  Anon* held_ = nullptr;
};

// Takes the vma out of every anon_vma, and leaves on its chain those that are empty now.
void unlink_from_trees(vm_area_struct* vma) {
  WriteLock lock;
  anon_vma_chain** link = &vma->chain;
  while (*link != nullptr) {
    anon_vma_chain* const avc = *link;
    if (world.rules.locks_in_unlink) lock.lock(avc->anon_vma);
    anon_vma_chain_unlink(avc);
    if (vma->anon_vma != nullptr && vma->anon_vma == avc->anon_vma) {
      count_vma(avc->anon_vma, -1);
      vma->anon_vma = nullptr;  // Under the lock: from here a fork may reuse it.
    }
    if (avc->anon_vma->chain == nullptr) {
      count_child(avc->anon_vma->parent, -1);
      link = &avc->same_vma;
      continue;
    }
    *link = avc->same_vma;
    kmem_cache_free(world.anon_vma_chain_cachep, avc);
  }
  lock.unlock();
}

}  // namespace

void anon_vma_prepare(vm_area_struct* vma) {
  if (vma->anon_vma != nullptr) return;
  anon_vma_chain* const avc = alloc_chain();
  Anon* const fresh = anon_vma_alloc(nullptr);
  // Even a fresh object is locked: it may be a recycled one that a stale reader holds.
  if (world.rules.locks_in_prepare) anon_vma_lock_write(anon_vma_lock_owner(fresh));
  count_child(fresh, 1);  // A root is its own parent.
  count_vma(fresh, 1);
  anon_vma_chain_link(vma, avc, fresh);
  if (world.rules.locks_in_prepare) anon_vma_unlock_write(anon_vma_lock_owner(fresh));
  vma->anon_vma = fresh;
}

void anon_vma_clone(vm_area_struct* dst, vm_area_struct* src, bool may_reuse) {
  WriteLock lock;
  for (anon_vma_chain* from = src->chain; from != nullptr; from = from->same_vma) {
    if (!world.rules.clones_whole_chain && from->anon_vma != src->anon_vma) continue;
    if (world.rules.allocates_unlocked) lock.unlock();  // Allocation may sleep.
    anon_vma_chain* const avc = alloc_chain();
    if (world.rules.locks_in_clone) lock.lock(from->anon_vma);
    anon_vma_chain_link(dst, avc, from->anon_vma);
    if (may_reuse && dst->anon_vma == nullptr && from->anon_vma != src->anon_vma &&
        may_be_reused(from->anon_vma)) {
      dst->anon_vma = from->anon_vma;
    }
    if (dst->anon_vma == from->anon_vma) count_vma(from->anon_vma, 1);
  }
  lock.unlock();
}

void anon_vma_fork(vm_area_struct* vma, vm_area_struct* parent) {
  if (parent->anon_vma == nullptr) return;
  anon_vma_clone(vma, parent, true);
  if (vma->anon_vma != nullptr) return;
  anon_vma_chain* const avc = alloc_chain();
  Anon* const root = READ_ONCE(parent->anon_vma->root);
  Anon* const fresh = anon_vma_alloc(root);
  if (!world.rules.root_before_count) WRITE_ONCE(fresh->root, root);
  fresh->parent = parent->anon_vma;
  if (world.rules.counts_root_reference) atomic_inc(&root->refcount);
  vma->anon_vma = fresh;
  WriteLock lock;
  lock.lock(fresh);
  count_vma(fresh, 1);
  anon_vma_chain_link(vma, avc, fresh);
  lock.lock(parent->anon_vma);
  count_child(parent->anon_vma, 1);
  lock.unlock();
}

void unlink_anon_vmas(vm_area_struct* vma) {
  unlink_from_trees(vma);
  // The empty ones are put outside the lock: the free path takes it.
  while (vma->chain != nullptr) {
    anon_vma_chain* const avc = vma->chain;
    vma->chain = avc->same_vma;
    put_anon_vma(avc->anon_vma);
    kmem_cache_free(world.anon_vma_chain_cachep, avc);
  }
}

}  // namespace revenant::anon_vma_subject
