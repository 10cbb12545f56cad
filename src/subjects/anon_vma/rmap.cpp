// The readers' protocol: page_lock_anon_vma() from [PATCH 13/13] "mm: Optimize page_lock_anon_vma"
// (Zijlstra, 2010-04-08) to today's folio_lock_anon_vma_read(), and the free path that it races
// with.
#include "kernel/bug.h"
#include "kernel/rcupdate.h"
#include "subjects/anon_vma/anon_vma.h"

namespace revenant::anon_vma_subject {

using namespace kernel;

namespace {

using Anon = struct anon_vma;

bool trylock_read_without_barrier(Anon* owner) {
  if (!world.rules.trylock_ordered) return down_read_trylock_relaxed(&owner->rwsem);
  return world.rules.lock_kind == LockKind::kMutex ? mutex_trylock(&owner->lock)
                                                   : down_read_trylock(&owner->rwsem);
}

bool trylock_read(Anon* owner) {
  if (!trylock_read_without_barrier(owner)) return false;
  if (world.rules.rmb_after_trylock) smp_rmb();
  if (world.rules.mb_after_trylock) smp_mb();
  return true;
}

bool is_locked(Anon* owner) {
  return world.rules.lock_kind == LockKind::kMutex ? mutex_is_locked(&owner->lock)
                                                   : rwsem_is_locked(&owner->rwsem);
}

// Who locked the object while it was alive relies on the lock alone, so wait for them.
void flush_readers(Anon* owner) {
  switch (world.rules.flush) {
    case Flush::kNothing:
      return;
    case Flush::kGracePeriod:
      return synchronize_rcu();
    case Flush::kIfLocked:
      might_sleep();
      if (!is_locked(owner)) return;
      [[fallthrough]];
    case Flush::kAlways:
      anon_vma_lock_write(owner);
      anon_vma_unlock_write(owner);
  }
}

// Requires that no reference is left. A stale reader may still find the object, and lock it.
void anon_vma_free(Anon* anon_vma) {
  BUG_ON(atomic_read(&anon_vma->refcount) != 0);
  flush_readers(anon_vma_lock_owner(anon_vma));
  kmem_cache_free(world.anon_vma_cachep, anon_vma);
}

// The last reference is gone. A child holds one on its root, and its free looks at the root's lock.
void free_with_root(Anon* anon_vma) {
  Anon* const root = READ_ONCE(anon_vma->root);
  if (world.rules.frees_child_first) anon_vma_free(anon_vma);
  if (root != anon_vma && world.rules.counts_root_reference &&
      atomic_dec_and_test(&root->refcount)) {
    anon_vma_free(root);
  }
  if (!world.rules.frees_child_first) anon_vma_free(anon_vma);
}

bool pin(Anon* anon_vma) {
  if (!world.rules.increments_ordered) return atomic_inc_not_zero_relaxed(&anon_vma->refcount);
  if (!world.rules.increments_not_zero) {
    atomic_inc(&anon_vma->refcount);
    return true;
  }
  while (!atomic_inc_not_zero(&anon_vma->refcount)) {
    if (world.rules.gives_up_on_dead) return false;
  }
  return true;
}

// What page->mapping names, if the page is mapped. From here the object may be freed and recycled;
// only its type is sure, and only until the section ends.
Anon* find_anon_vma(page* page, address_space** mapping) {
  if (world.rules.count_publishes && !page_mapped(page)) return nullptr;
  if (world.rules.rmb_after_mapped) smp_rmb();
  *mapping = READ_ONCE(page->mapping);
  Anon* found = anon_mapping(*mapping);
  if (found == nullptr) return nullptr;
  if (!world.rules.loads_mapping_once) found = anon_mapping(READ_ONCE(page->mapping));
  return !world.rules.mapped_first || page_mapped(page) ? found : nullptr;
}

bool mapping_changed(page* page, address_space* mapping) {
  return world.rules.mapping_retry && READ_ONCE(page->mapping) != mapping;
}

// Whether what was locked on sight is not the lock of what the page names. A mapping is an address,
// so it may have changed twice. But if the root is `owner` between two looks that find it the same,
// then so it is in the life that the page names: what has this root cannot be freed under its lock.
bool lock_is_stale(page* page, address_space* mapping, Anon* found, Anon* owner) {
  if (mapping_changed(page, mapping)) return true;
  if (!world.rules.mapping_retry || !world.rules.root_retry) return false;
  return anon_vma_lock_owner(found) != owner || mapping_changed(page, mapping);
}

// The trylock succeeded: is it the lock of what the page names?
bool proves_alive(page* page, Anon* anon_vma) {
  switch (world.rules.proof_after_trylock) {
    case Proof::kNothing:
      return true;
    case Proof::kRefcount:
      return atomic_read(&anon_vma->refcount) != 0;
    case Proof::kMapped:
      return page_mapped(page);
  }
  return false;
}

// Until 2010-11: a spinlock is taken inside the section, and the section lasts as long as the lock.
Anon* page_lock_anon_vma_in_section(page* page) {
  rcu_read_lock();
  address_space* mapping = nullptr;
  Anon* const found = find_anon_vma(page, &mapping);
  if (found != nullptr) {
    Anon* const owner = anon_vma_lock_owner(found);
    spin_lock(&owner->spin);
    if (proves_alive(page, found)) return found;
    spin_unlock(&(world.rules.remembers_root ? owner : anon_vma_lock_owner(found))->spin);
  }
  rcu_read_unlock();
  return nullptr;
}

// Sleeping on the lock needs a reference, since the section must end first. Ends the section.
Anon* lock_with_reference(page* page, Anon* found) {
  if (!pin(found)) {
    rcu_read_unlock();
    return nullptr;
  }
  if (world.rules.mapped_after_reference && !page_mapped(page)) {
    if (world.rules.puts_outside_section) rcu_read_unlock();
    put_anon_vma(found);
    if (!world.rules.puts_outside_section) rcu_read_unlock();
    return nullptr;
  }
  rcu_read_unlock();
  anon_vma_lock_read(anon_vma_lock_owner(found));
  return found;
}

// The lock pins now. If ours is the last reference nobody else is left to free the object.
Anon* drop_reference_under_lock(Anon* locked) {
  if (world.rules.keeps_reference || !atomic_dec_and_test(&locked->refcount)) return locked;
  anon_vma_unlock_read(anon_vma_lock_owner(locked));
  if (world.rules.frees_last_reference) free_with_root(locked);
  return nullptr;
}

}  // namespace

Anon* anon_mapping(address_space* mapping) {
  const auto bits = reinterpret_cast<unsigned long>(mapping);
  if ((bits & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON) return nullptr;
  return reinterpret_cast<Anon*>(bits - PAGE_MAPPING_ANON);
}

address_space* as_mapping(Anon* anon_vma) {
  return reinterpret_cast<address_space*>(reinterpret_cast<unsigned long>(anon_vma) +
                                          PAGE_MAPPING_ANON);
}

Anon* anon_vma_lock_owner(Anon* anon_vma) {
  return world.rules.lock_in_root ? READ_ONCE(anon_vma->root) : anon_vma;
}

void anon_vma_lock_write(Anon* owner) {
  switch (world.rules.lock_kind) {
    case LockKind::kSpinlock:
      return spin_lock(&owner->spin);
    case LockKind::kMutex:
      return mutex_lock(&owner->lock);
    case LockKind::kRwsem:
      return down_write(&owner->rwsem);
  }
}

void anon_vma_unlock_write(Anon* owner) {
  switch (world.rules.lock_kind) {
    case LockKind::kSpinlock:
      return spin_unlock(&owner->spin);
    case LockKind::kMutex:
      return mutex_unlock(&owner->lock);
    case LockKind::kRwsem:
      return up_write(&owner->rwsem);
  }
}

void anon_vma_lock_read(Anon* owner) {
  if (world.rules.lock_kind == LockKind::kRwsem) return down_read(&owner->rwsem);
  anon_vma_lock_write(owner);
}

void anon_vma_unlock_read(Anon* owner) {
  if (world.rules.lock_kind == LockKind::kRwsem) return up_read(&owner->rwsem);
  anon_vma_unlock_write(owner);
}

Anon* anon_vma_alloc(Anon* root) {
  auto* const fresh = static_cast<Anon*>(kmem_cache_alloc(world.anon_vma_cachep, GFP_KERNEL));
  if (world.rules.root_before_count) WRITE_ONCE(fresh->root, root != nullptr ? root : fresh);
  // No lock: from here on a stale reader that finds this object can take a reference. Without the
  // rule it may see the root of the former life, or fresh itself where a fork is yet to set
  // another; it finds out by page_mapped(), unless UFFDIO_MOVE has mapped the page elsewhere.
  if (world.rules.root_before_count && world.rules.root_set_is_ordered) {
    atomic_set_release(&fresh->refcount, 1);
  } else {
    atomic_set(&fresh->refcount, 1);
  }
  if (!world.rules.keeps_lock_on_reuse) {
    mutex_init(&fresh->lock);
    init_rwsem(&fresh->rwsem);
  }
  fresh->num_children = 0;
  fresh->num_active_vmas = 0;
  fresh->parent = fresh;
  if (!world.rules.root_before_count) WRITE_ONCE(fresh->root, fresh);
  return fresh;
}

void put_anon_vma(Anon* anon_vma) {
  const bool was_last = world.rules.last_put_ordered
                            ? atomic_dec_and_test(&anon_vma->refcount)
                            : atomic_dec_and_test_relaxed(&anon_vma->refcount);
  if (was_last) free_with_root(anon_vma);
}

Anon* page_get_anon_vma(page* page) {
  rcu_read_lock();
  address_space* mapping = nullptr;
  Anon* found = find_anon_vma(page, &mapping);
  if (found != nullptr && !pin(found)) found = nullptr;
  if (found != nullptr && world.rules.mapped_after_reference && !page_mapped(page)) {
    if (world.rules.puts_outside_section) rcu_read_unlock();
    put_anon_vma(found);
    if (!world.rules.puts_outside_section) rcu_read_unlock();
    return nullptr;
  }
  rcu_read_unlock();
  return found;
}

Anon* page_lock_anon_vma(page* page) {
  if (world.rules.holds_section) return page_lock_anon_vma_in_section(page);
again:
  rcu_read_lock();
  address_space* mapping = nullptr;
  Anon* found = find_anon_vma(page, &mapping);
  if (found == nullptr) {
    rcu_read_unlock();
    return nullptr;
  }
  // Once, and remembered: until the object is proved alive its root can change.
  Anon* const owner = anon_vma_lock_owner(found);
  if (world.rules.has_fast_path && trylock_read(owner)) {
    if (lock_is_stale(page, mapping, found, owner)) {
      anon_vma_unlock_read(owner);
      rcu_read_unlock();
      goto again;
    }
    if (!proves_alive(page, found)) {
      anon_vma_unlock_read(world.rules.remembers_root ? owner : anon_vma_lock_owner(found));
      found = nullptr;
    }
    rcu_read_unlock();
  } else {
    found = lock_with_reference(page, found);
    if (found == nullptr) return nullptr;
    if (mapping_changed(page, mapping)) {
      anon_vma_unlock_read(anon_vma_lock_owner(found));
      put_anon_vma(found);
      goto again;
    }
    found = drop_reference_under_lock(found);
  }
  if (found != nullptr && world.rules.mapping_after_lock &&
      anon_mapping(READ_ONCE(page->mapping)) != found) {
    anon_vma_unlock_read(anon_vma_lock_owner(found));
    goto again;
  }
  return found;
}

void page_unlock_anon_vma(Anon* anon_vma) {
  anon_vma_unlock_read(anon_vma_lock_owner(anon_vma));
  if (world.rules.keeps_reference) put_anon_vma(anon_vma);
  if (world.rules.holds_section) rcu_read_unlock();
}

}  // namespace revenant::anon_vma_subject
