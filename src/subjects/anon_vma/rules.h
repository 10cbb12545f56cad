// The safety elements of anon rmap that some version of it lacked. A variant is one value of this
// struct; the code asks for an element at the place where it matters. The default is v6.8, the
// version with most of them, and the two that it lacked.
#pragma once

#include <cstdint>

namespace revenant::anon_vma_subject {

enum class LockKind : std::uint8_t { kSpinlock, kMutex, kRwsem };

// What a reader takes for proof that what it locked is alive.
enum class Proof : std::uint8_t { kNothing, kRefcount, kMapped };

// How the free path waits for readers that hold the lock.
enum class Flush : std::uint8_t { kNothing, kAlways, kIfLocked, kGracePeriod };

struct Rules {
  // --- The lock ---
  LockKind lock_kind = LockKind::kRwsem;
  bool lock_in_root = true;         // 5c341ee1dfc8 (2010): one lock for a tree of anon_vmas.
  bool remembers_root = true;       // f18194275c39: a failed reader unlocks what it locked.
  bool keeps_lock_on_reuse = true;  // Only the constructor sets the lock up.

  // --- page_lock_anon_vma ---
  bool loads_mapping_once = true;  // The tag and the pointer are of one load.
  bool mapped_first = true;        // page_mapped() in the section, before the object is touched.
  bool has_fast_path = true;       // Trylock alone pins, without a reference.
  Proof proof_after_trylock = Proof::kMapped;
  bool rmb_after_trylock =
      false;  // As posted: to order the lock before the count; it already does.
  bool mapped_after_reference = true;
  bool increments_not_zero = true;
  bool gives_up_on_dead = true;  // What cannot be pinned is free, so there is nothing to wait for.
  bool increments_ordered = true;  // Fully, as atomic_inc_not_zero is.
  bool mapping_retry = true;  // v6.8: page->mapping once more under the lock, else start again.
  // Under that lock, the root too, and the mapping again: by then the object may be in another
  // life, with another root, and the page be named after it again. No version did that.
  bool root_retry = true;
  bool mapping_after_lock = false;   // -mm, 2010: the same test, and nothing else.
  bool puts_outside_section = true;  // 7f39dda9d86f (2014).
  bool frees_last_reference = true;  // Of the slow path, dropped under the lock.
  bool keeps_reference = false;      // 746b18d421da: unlock also puts.
  bool holds_section = false;        // Until 2010-11: the section lasts until the unlock.
  bool callers_cope = false;      // Until 2010-08: who locks may get another anon_vma, and says so.
  bool takes_folio_lock = false;  // Late 2025: rmap walks only on locked folios.
  bool get_takes_folio_lock = true;
  bool locks_whole_walk = true;  // Who has a reference walks under one lock all the same.

  // --- Freeing ---
  Flush flush = Flush::kIfLocked;
  bool frees_child_first = true;  // 624483f3ea82 (2014): the root outlives its children.

  // --- Order, where memory is weak ---
  bool trylock_ordered = true;    // Acquire, or what rmb_after_trylock makes of it.
  bool mb_after_trylock = false;  // Pairs with the order of the last put and the look at the lock.
  bool last_put_ordered = true;   // Fully, as atomic_dec_and_test is.
  bool root_set_is_ordered = true;  // Who pins a recycled anon_vma finds its new root.
  bool fault_publishes = true;      // What the mapping leads to is seen by who finds it.
  bool move_publishes = true;       // As above. The kernel has page table locks there.
  // The count of mappings publishes, not the mapping: a branch on it orders no later load,
  bool count_publishes = false;
  bool rmb_after_mapped = false;  // unless a barrier does.

  // --- Building and merging ---
  // Who can pin a recycled anon_vma finds the root that it will have. No version did that.
  bool root_before_count = true;
  bool locks_in_prepare = true;  // d9d332e0874f (2008).
  bool locks_in_unlink = true;
  bool counts_root_reference = true;  // A child pins its root.
  bool clones_whole_chain = true;     // Not the vma's own anon_vma alone.
  bool locks_in_clone = true;         // Fork, split and merge link vmas under the lock,
  bool allocates_unlocked = true;     // and allocate outside of it (dd34739c03f2, GFP_KERNEL).
  bool reuses_at_fork = true;     // 7a3ef208e662 (2015): a child may take over an empty ancestor.
  bool counts_vmas_apart = true;  // 2555283eb40d (2022): of children.
  bool merge_clones = true;       // 61f67c230a5e (2026): a merged vma keeps the chain.
  bool unmaps_before_unlink = true;  // page->mapcount falls before the anon_vma may go.

  // --- A page's life ---
  bool counts_before_mapping = true;  // page_add_new_anon_rmap raises the count first.

  // --- UFFDIO_MOVE ---
  bool moves_between_roots = true;
  bool move_locks_anon_vma = true;  // Until the locked-folio change.
  bool move_locks_folio = true;
  bool moves_exclusive_only = true;  // Who shares the page is not linked to where it goes.
  bool fork_clears_exclusive = true;
};

}  // namespace revenant::anon_vma_subject
