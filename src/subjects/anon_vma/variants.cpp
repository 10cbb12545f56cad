// Each variant is the difference to another one. Versions are named V0 to V7 as in the history of
// the protocol; mutants M1 to M17 are what the versions taught, plus one for each other safety
// element.
#include "subjects/anon_vma/variants.h"

#include "subjects/anon_vma/rules.h"
#include "subjects/tables.h"

namespace revenant::anon_vma_subject {
namespace {

using Kind = FindingKind;
constexpr kernel::MemoryModel kWeak = kernel::MemoryModel::kWeak;

// --- Versions, from the last to the first ---

// v6.8 and two repairs that it never had.
constexpr Rules kRepaired{};

constexpr Rules kRootBeforeCount = but(kRepaired, [](Rules& r) { r.root_retry = false; });

constexpr Rules kV6 = but(kRootBeforeCount, [](Rules& r) { r.root_before_count = false; });

constexpr Rules kV7 = but(kV6, [](Rules& r) {
  r.takes_folio_lock = true;
  r.mapping_retry = false;
  r.move_locks_anon_vma = false;
});

constexpr Rules kV5 = but(kV6, [](Rules& r) {
  r.moves_between_roots = false;
  r.mapping_retry = false;
});

// From 7a3ef208e662 (2015) to 2555283eb40d (2022).
constexpr Rules kOneCounter = but(kV5, [](Rules& r) { r.counts_vmas_apart = false; });

// Before 7f39dda9d86f and 624483f3ea82 of 2014, and 7a3ef208e662 of 2015.
constexpr Rules kV5Before2014 = but(kV5, [](Rules& r) {
  r.puts_outside_section = false;
  r.frees_child_first = false;
  r.reuses_at_fork = false;
});

constexpr Rules kV4 = but(kV5Before2014, [](Rules& r) { r.lock_kind = LockKind::kMutex; });

constexpr Rules kV3 = but(kV4, [](Rules& r) {
  r.proof_after_trylock = Proof::kRefcount;
  r.remembers_root = false;
});

constexpr Rules kV2 = but(kV4, [](Rules& r) {
  r.has_fast_path = false;
  r.keeps_reference = true;
  r.flush = Flush::kNothing;  // Nobody holds the lock without a reference.
  r.frees_child_first = true;
});

constexpr Rules kV1 = but(kV2, [](Rules& r) {
  r.lock_kind = LockKind::kSpinlock;
  r.holds_section = true;
  r.keeps_reference = false;
});

// Looking twice was the one half of the fix of 2010-08, and did not stop the hangs alone.
constexpr Rules kRootNotRemembered = but(kV1, [](Rules& r) { r.remembers_root = false; });

constexpr Rules kV0 = but(kV1, [](Rules& r) {
  r.lock_in_root = false;
  r.proof_after_trylock = Proof::kNothing;
});

// V0 and what came before it, judged by the contract of their time: whoever locks filters
// the vmas, so any anon_vma will do that keeps still under the lock.
constexpr Rules kV0CallersCope = but(kV0, [](Rules& r) { r.callers_cope = true; });
constexpr Rules kPrepareWithoutLock =
    but(kV0CallersCope, [](Rules& r) { r.locks_in_prepare = false; });

// --- The posting of 2010-04-08, between V0 and V1 ---

constexpr Rules kFixed = but(kV5, [](Rules& r) {
  r.lock_kind = LockKind::kMutex;
  r.lock_in_root = false;
  r.reuses_at_fork = false;
  r.flush = Flush::kAlways;
  r.rmb_after_trylock = true;
});

constexpr Rules kAsPosted = but(kFixed, [](Rules& r) {
  r.proof_after_trylock = Proof::kRefcount;
  r.mapped_after_reference = false;
});

constexpr Rules kAsPostedRecheck = but(kAsPosted, [](Rules& r) { r.mapping_after_lock = true; });

// --- Mutants ---

constexpr Rules kRefOnly =
    but(kRepaired, [](Rules& r) { r.proof_after_trylock = Proof::kRefcount; });
constexpr Rules kNoSavedRoot = but(kRepaired, [](Rules& r) { r.remembers_root = false; });
constexpr Rules kMappingOnly =
    but(kRepaired, [](Rules& r) { r.proof_after_trylock = Proof::kNothing; });
constexpr Rules kNoSlowRecheck = but(kRepaired, [](Rules& r) { r.mapped_after_reference = false; });
constexpr Rules kPlainInc = but(kRepaired, [](Rules& r) { r.increments_not_zero = false; });
constexpr Rules kNoFlush = but(kAsPosted, [](Rules& r) { r.flush = Flush::kNothing; });
constexpr Rules kNoFlushV6 = but(kRepaired, [](Rules& r) { r.flush = Flush::kNothing; });
constexpr Rules kFlushAlways = but(kRepaired, [](Rules& r) { r.flush = Flush::kAlways; });
constexpr Rules kRelaxedInc = but(kRepaired, [](Rules& r) { r.increments_ordered = false; });
constexpr Rules kLockReinit = but(kRepaired, [](Rules& r) { r.keeps_lock_on_reuse = false; });
constexpr Rules kPutInSection = but(kRepaired, [](Rules& r) { r.puts_outside_section = false; });
constexpr Rules kRootFirst = but(kRepaired, [](Rules& r) { r.frees_child_first = false; });
constexpr Rules kMergeNoClone = but(kRepaired, [](Rules& r) { r.merge_clones = false; });
constexpr Rules kTwoLoads = but(kRepaired, [](Rules& r) { r.loads_mapping_once = false; });
constexpr Rules kSpinsOnDead = but(kRepaired, [](Rules& r) { r.gives_up_on_dead = false; });
constexpr Rules kNoFirstMapped = but(kRepaired, [](Rules& r) { r.mapped_first = false; });
constexpr Rules kNoPrepareLock = but(kRepaired, [](Rules& r) { r.locks_in_prepare = false; });
constexpr Rules kNoRmb = but(kFixed, [](Rules& r) { r.rmb_after_trylock = false; });
constexpr Rules kGracePeriodFlush = but(kAsPosted, [](Rules& r) { r.flush = Flush::kGracePeriod; });
constexpr Rules kNoMappingRetry = but(kRepaired, [](Rules& r) { r.mapping_retry = false; });
constexpr Rules kNoFolioLock = but(kV7, [](Rules& r) { r.takes_folio_lock = false; });
constexpr Rules kMoveNoLock = but(kRepaired, [](Rules& r) { r.move_locks_anon_vma = false; });
constexpr Rules kNoRootRef = but(kRepaired, [](Rules& r) { r.counts_root_reference = false; });
constexpr Rules kUnlinkFirst = but(kRepaired, [](Rules& r) { r.unmaps_before_unlink = false; });
constexpr Rules kNoCloneLock = but(kRepaired, [](Rules& r) { r.locks_in_clone = false; });
constexpr Rules kCloneOwnOnly = but(kRepaired, [](Rules& r) { r.clones_whole_chain = false; });
constexpr Rules kLastReferenceKept =
    but(kRepaired, [](Rules& r) { r.frees_last_reference = false; });
constexpr Rules kMoveNoFolioLock = but(kV7, [](Rules& r) { r.move_locks_folio = false; });
constexpr Rules kMoveShared = but(kRepaired, [](Rules& r) { r.moves_exclusive_only = false; });
constexpr Rules kGetNoFolioLock = but(kRepaired, [](Rules& r) { r.get_takes_folio_lock = false; });
constexpr Rules kMappingFirst = but(kRepaired, [](Rules& r) { r.counts_before_mapping = false; });
constexpr Rules kLockByVma = but(kRepaired, [](Rules& r) { r.locks_whole_walk = false; });
constexpr Rules kKeepsExclusive = but(kRepaired, [](Rules& r) { r.fork_clears_exclusive = false; });
constexpr Rules kAllocatesLocked = but(kV1, [](Rules& r) { r.allocates_unlocked = false; });
constexpr Rules kNoUnlinkLock = but(kRepaired, [](Rules& r) { r.locks_in_unlink = false; });

// --- Order that only weak memory shows the need of ---

constexpr Rules kFlushIfLocked = but(kAsPosted, [](Rules& r) { r.flush = Flush::kIfLocked; });
constexpr Rules kFlushIfLockedMb = but(kFlushIfLocked, [](Rules& r) { r.mb_after_trylock = true; });
constexpr Rules kPutRelaxed = but(kFlushIfLockedMb, [](Rules& r) { r.last_put_ordered = false; });
constexpr Rules kTrylockRelaxed = but(kFlushAlways, [](Rules& r) { r.trylock_ordered = false; });
constexpr Rules kTrylockRelaxedRmb =
    but(kTrylockRelaxed, [](Rules& r) { r.rmb_after_trylock = true; });
constexpr Rules kIncRelaxed = but(kFlushAlways, [](Rules& r) { r.increments_ordered = false; });
constexpr Rules kRootUnordered = but(kFlushAlways, [](Rules& r) { r.root_set_is_ordered = false; });
constexpr Rules kFaultUnordered = but(kFlushAlways, [](Rules& r) { r.fault_publishes = false; });
constexpr Rules kMoveUnordered = but(kFlushAlways, [](Rules& r) { r.move_publishes = false; });
constexpr Rules kControlDependency = but(kFaultUnordered, [](Rules& r) {
  r.count_publishes = true;
  r.counts_before_mapping = false;
});
constexpr Rules kControlDependencyRmb =
    but(kControlDependency, [](Rules& r) { r.rmb_after_mapped = true; });

// Nobody proves anything, and nobody waits.
constexpr Kind kV0Also[] = {Kind::kUseAfterFree, Kind::kFreeWhileLocked};
constexpr Kind kFreed[] = {Kind::kUseAfterFree};
constexpr Kind kRecycledOrFreed[] = {Kind::kRecycledObject, Kind::kUseAfterFree};
// Who does not wait for a walker is not ordered after it either; and who is not waited for may come
// to an object that went before its section began.
constexpr Kind kNoFlushAlso[] = {Kind::kDataRace, Kind::kRecycledObject, Kind::kUseAfterFree,
                                 Kind::kAccessOutsideRcu};
constexpr Kind kV3Also[] = {Kind::kWrongUnlock, Kind::kSleepInRcu, Kind::kUseAfterGracePeriod,
                            Kind::kAccessOutsideRcu, Kind::kUseAfterFree};
constexpr Kind kV4Also[] = {Kind::kAccessOutsideRcu, Kind::kUseAfterGracePeriod};
// A page that is unmapped, and an object whose flush is over, when the reader has the lock.
constexpr Kind kUnmappedAlso[] = {Kind::kUseAfterFree, Kind::kFreeWhileLocked};
// A page that comes back under another root.
constexpr Kind kMovedAlso[] = {Kind::kUseAfterFree, Kind::kWrongUnlock, Kind::kDataRace,
                               Kind::kFreeWhileLocked};
constexpr Kind kReturnedToo[] = {Kind::kUseAfterGracePeriod, Kind::kUseAfterFree};
// Who walks under a lock that guards something else keeps nobody out, not even who frees that.
constexpr Kind kWrongLockAlso[] = {Kind::kDataRace,        Kind::kUseAfterFree,
                                   Kind::kRecycledObject,  Kind::kBugOn,
                                   Kind::kFreeWhileLocked, Kind::kAccessOutsideRcu};
// What as_posted shows on any memory.
constexpr Kind kAsPostedAlso[] = {Kind::kRecycledObject, Kind::kUseAfterFree};
// What an old value leads to depends on which.
constexpr Kind kStaleAlso[] = {Kind::kRecycledObject,      Kind::kDataRace,
                               Kind::kUseAfterGracePeriod, Kind::kAccessOutsideRcu,
                               Kind::kWrongUnlock,         Kind::kFreeWhileLocked};
constexpr Kind kRace[] = {Kind::kDataRace};
constexpr Kind kRaceToo[] = {Kind::kDataRace, Kind::kUseAfterFree};

}  // namespace

constexpr Variant kVariants[kVariantCount] = {
    {.name = "v6_repaired",
     .summary = "v6_root_before_count, and who has the lock looks at the root once more",
     .rules = &kRepaired},
    {.name = "v6_root_before_count",
     .summary = "v6_mapping_retry, and a child has its root before it can be pinned",
     .expected = Kind::kWrongUnlock,
     .also = kWrongLockAlso,
     .rules = &kRootBeforeCount},
    {.name = "v6_mapping_retry",
     .summary = "v6.8 to 2025: rwsem, page_mapped() after the pin, page->mapping once more",
     .expected = Kind::kWrongUnlock,
     .also = kWrongLockAlso,
     .rules = &kV6},
    {.name = "v7_folio_locked",
     .summary = "since late 2025: readers hold the folio lock, UFFDIO_MOVE no anon_vma lock",
     .rules = &kV7},
    {.name = "v5_rwsem",
     .summary = "4fc3f1d66b1e (2012) with the fixes of 2014: before UFFDIO_MOVE",
     .rules = &kV5},
    {.name = "v5_before_2014",
     .summary = "the same before 7f39dda9d86f: a failing put inside the section",
     .expected = Kind::kSleepInRcu,
     .also = kV4Also,
     .rules = &kV5Before2014},
    {.name = "v4_mapped_recheck",
     .summary = "eee0f252c653 (2011): mapped after the trylock, the root remembered",
     .expected = Kind::kSleepInRcu,
     .also = kV4Also,
     .rules = &kV4},
    {.name = "v3_refcount_fast_path",
     .summary = "88c22088bf23 (v3.0-rc): the trylock trusts the count; hung machines in hours",
     .expected = Kind::kRecycledObject,
     .also = kV3Also,
     .rules = &kV3},
    {.name = "v2_refcount",
     .summary =
         "746b18d421da (v3.0-rc) as the mutex came: always a reference, two atomics per lock",
     .rules = &kV2},
    {.name = "v1_root_spinlock",
     .summary = "f18194275c39 (2.6.36): root spinlock, remembered, mapped after the lock",
     .rules = &kV1},
    {.name = "v0_spinlock",
     .summary = "until 2.6.35: own spinlock and no recheck",
     .expected = Kind::kRecycledObject,
     .also = kV0Also,
     .rules = &kV0},
    {.name = "v0_callers_cope",
     .summary = "the same by the contract of its time: callers filter what a recycled chain shows",
     .rules = &kV0CallersCope},
    {.name = "z1_prepare_without_lock",
     .summary = "before d9d332e0874f (2008): a fresh anon_vma is linked without its lock",
     .expected = Kind::kBugOn,
     .also = kRaceToo,
     .rules = &kPrepareWithoutLock},
    {.name = "z2_root_not_remembered",
     .summary = "without half of f18194275c39 (2010-08): a failed reader unlocks the root of then",
     .expected = Kind::kWrongUnlock,
     .rules = &kRootNotRemembered},
    {.name = "z7_one_counter",
     .summary = "7a3ef208e662 (2015) to 2555283eb40d (2022), CVE-2022-42703: one counter for the "
                "children and the vmas of an anon_vma",
     .expected = Kind::kBugOn,
     .rules = &kOneCounter},
    {.name = "fixed",
     .summary = "as posted, with page_mapped() again after the trylock and after the reference",
     .rules = &kFixed},
    {.name = "as_posted",
     .summary =
         "[PATCH 13/13] mm: Optimize page_lock_anon_vma, 2010-04-08, the subject of the mail",
     .expected = Kind::kRecycledObject,
     .rules = &kAsPosted},
    {.name = "as_posted_recheck",
     .summary =
         "as posted, with page_rmapping() compared after the lock (-mm, 2010-04 to 06); ABA: "
         "unmapping does not clear page->mapping",
     .expected = Kind::kRecycledObject,
     .rules = &kAsPostedRecheck},
    {.name = "m01_ref_only",
     .summary = "after the trylock the count alone is proof of life",
     .expected = Kind::kRecycledObject,
     .rules = &kRefOnly},
    {.name = "m02_no_saved_root",
     .summary = "a failed reader unlocks what the object says its root is by then",
     .expected = Kind::kWrongUnlock,
     .rules = &kNoSavedRoot},
    {.name = "m03_mapping_only",
     .summary = "after the trylock page->mapping alone is compared: ABA",
     .expected = Kind::kRecycledObject,
     .also = kUnmappedAlso,
     .rules = &kMappingOnly},
    {.name = "m04_no_slow_recheck",
     .summary = "no page_mapped() after the reference",
     .expected = Kind::kRecycledObject,
     .rules = &kNoSlowRecheck},
    {.name = "m05_plain_inc",
     .summary = "atomic_inc instead of atomic_inc_not_zero",
     .expected = Kind::kRefcount,
     .rules = &kPlainInc},
    {.name = "m06_no_flush",
     .summary = "as posted, and the free does not wait for a holder",
     .expected = Kind::kFreeWhileLocked,
     .also = kRecycledOrFreed,
     .rules = &kNoFlush},
    {.name = "m06_no_flush_v6",
     .summary = "v6 without the flush: of two slow readers the one frees under the other's lock",
     .expected = Kind::kFreeWhileLocked,
     .also = kNoFlushAlso,
     .rules = &kNoFlushV6},
    {.name = "m07_flush_always",
     .summary = "harmless: v6 flushes only if locked, a formal gap that needs weak memory to show",
     .rules = &kFlushAlways},
    {.name = "m08_relaxed_inc",
     .summary = "atomic_inc_not_zero_relaxed: needs weak memory to show",
     .rules = &kRelaxedInc},
    {.name = "m09_lock_reinit",
     .summary = "the lock is set up again when the object is reused",
     .expected = Kind::kBadConstructorState,
     .rules = &kLockReinit},
    {.name = "m11_put_in_section",
     .summary = "the failing put comes before rcu_read_unlock",
     .expected = Kind::kSleepInRcu,
     .rules = &kPutInSection},
    {.name = "m12_root_first",
     .summary = "the root is put before the child is freed, which looks at the root's lock",
     .expected = Kind::kAccessOutsideRcu,
     .also = kReturnedToo,
     .rules = &kRootFirst},
    {.name = "m13_merge_without_clone",
     .summary = "before 61f67c230a5e (2026): a merged vma gets pages but no chain",
     .expected = Kind::kBugOn,
     .rules = &kMergeNoClone},
    {.name = "m14_no_first_mapped",
     .summary = "the object is touched before page_mapped() said that it was alive in this section",
     .expected = Kind::kAccessOutsideRcu,
     .also = kReturnedToo,
     .rules = &kNoFirstMapped},
    {.name = "m15_no_prepare_lock",
     .summary = "silent here: since v1 no reader walks what it has not proved alive; what the lock "
                "publishes is then unordered, which TSan sees, or weak memory",
     .also = kRace,
     .rules = &kNoPrepareLock},
    {.name = "m16_grace_period_flush",
     .summary =
         "as posted, with synchronize_rcu() for the flush: holders sleep outside of sections",
     .expected = Kind::kFreeWhileLocked,
     .also = kRecycledOrFreed,
     .rules = &kGracePeriodFlush},
    {.name = "fixed_without_rmb",
     .summary = "harmless: the trylock is an acquire, so the posting's smp_rmb() adds nothing",
     .rules = &kNoRmb},
    {.name = "m17_no_mapping_retry",
     .summary = "UFFDIO_MOVE changes the mapping, and the reader does not look again",
     .expected = Kind::kRecycledObject,
     .also = kMovedAlso,
     .rules = &kNoMappingRetry},
    {.name = "m18_no_folio_lock",
     .summary = "v7 with readers that do not hold the folio lock",
     .expected = Kind::kRecycledObject,
     .also = kMovedAlso,
     .rules = &kNoFolioLock},
    {.name = "m19_move_without_lock",
     .summary = "UFFDIO_MOVE does not take the anon_vma's lock",
     .expected = Kind::kRecycledObject,
     .also = kFreed,
     .rules = &kMoveNoLock},
    {.name = "m20_no_root_reference",
     .summary = "a child does not pin its root",
     .expected = Kind::kAccessOutsideRcu,
     .also = kReturnedToo,
     .rules = &kNoRootRef},
    {.name = "m21_unlink_before_unmap",
     .summary = "the vma leaves its anon_vma while it still maps pages",
     .expected = Kind::kBugOn,
     .also = kFreed,
     .rules = &kUnlinkFirst},
    {.name = "m22_no_unlink_lock",
     .summary = "a vma is unlinked without the lock, under the feet of a walker",
     .expected = Kind::kBugOn,
     .also = kRaceToo,
     .rules = &kNoUnlinkLock},
    {.name = "m23_two_loads",
     .summary = "the tag of one load of page->mapping, the pointer of another",
     .expected = Kind::kRecycledObject,
     .also = kFreed,
     .rules = &kTwoLoads},
    {.name = "m24_spins_on_dead",
     .summary = "who cannot pin an object tries the same one again until somebody reuses it",
     .expected = Kind::kLivelock,
     .rules = &kSpinsOnDead},
    {.name = "m25_no_clone_lock",
     .summary = "fork, split and merge link a vma without the lock, under the feet of a walker",
     .expected = Kind::kBugOn,
     .also = kRaceToo,
     .rules = &kNoCloneLock},
    {.name = "m26_last_reference_kept",
     .summary = "the slow path's reference was the last one, and nobody frees the object",
     .expected = Kind::kLeak,
     .rules = &kLastReferenceKept},
    {.name = "m27_move_without_folio_lock",
     .summary = "v7 with an UFFDIO_MOVE that does not take the folio lock",
     .expected = Kind::kRecycledObject,
     .also = kFreed,
     .rules = &kMoveNoFolioLock},
    {.name = "m28_moves_shared_page",
     .summary = "UFFDIO_MOVE of a page that another process maps too",
     .expected = Kind::kBugOn,
     .rules = &kMoveShared},
    {.name = "m29_clones_own_only",
     .summary = "fork, split and merge link the new vma to the old one's own anon_vma alone",
     .expected = Kind::kBugOn,
     .rules = &kCloneOwnOnly},
    {.name = "m30_get_without_folio_lock",
     .summary = "page_get_anon_vma without the folio lock, which stands in for the mapping retry",
     .expected = Kind::kRecycledObject,
     .also = kFreed,
     .rules = &kGetNoFolioLock},
    {.name = "m31_mapping_before_count",
     .summary =
         "harmless: a fault sets the mapping before the count, and no reader sees both early",
     .rules = &kMappingFirst},
    {.name = "m32_lock_by_vma",
     .summary =
         "who has a reference locks for each vma anew, and the link that it stands on may be gone",
     .expected = Kind::kBugOn,
     .also = kRaceToo,
     .rules = &kLockByVma},
    {.name = "m33_fork_keeps_exclusive",
     .summary = "a fork leaves a page exclusive that the child maps too",
     .expected = Kind::kBugOn,
     .rules = &kKeepsExclusive},
    {.name = "m34_allocates_under_lock",
     .summary =
         "v1 with the clone of before dd34739c03f2 (2011): the next link is allocated under the "
         "lock of the last, here a spinlock",
     .expected = Kind::kSleepInAtomic,
     .rules = &kAllocatesLocked},
    {.name = "weak_repaired",
     .summary = "v6_repaired on weak memory: unlinking takes the lock that the flush may not see",
     .rules = &kRepaired,
     .memory = kWeak},
    {.name = "weak_flush_always",
     .summary = "m07_flush_always on weak memory",
     .rules = &kFlushAlways,
     .memory = kWeak},
    {.name = "weak_flush_if_locked",
     .summary = "m07: as_posted, and the free path only looks at the lock, as since 2011",
     .expected = Kind::kFreeWhileLocked,
     .also = kAsPostedAlso,
     .rules = &kFlushIfLocked,
     .memory = kWeak},
    {.name = "weak_flush_if_locked_mb",
     .summary = "m07 with a full barrier after the reader's trylock: no worse than as_posted",
     .also = kAsPostedAlso,
     .rules = &kFlushIfLockedMb,
     .memory = kWeak},
    {.name = "weak_put_relaxed",
     .summary = "weak_flush_if_locked_mb, and the last put orders nothing",
     .expected = Kind::kFreeWhileLocked,
     .also = kAsPostedAlso,
     .rules = &kPutRelaxed,
     .memory = kWeak},
    {.name = "weak_trylock_relaxed",
     .summary = "m08: weak_flush_always, and the reader's trylock orders nothing",
     .expected = Kind::kUseAfterFree,
     .also = kStaleAlso,
     .rules = &kTrylockRelaxed,
     .memory = kWeak},
    {.name = "weak_trylock_relaxed_rmb",
     .summary = "m08 with smp_rmb() after the trylock, as posted: the barrier suffices",
     .rules = &kTrylockRelaxedRmb,
     .memory = kWeak},
    {.name = "weak_inc_relaxed",
     .summary = "m08: weak_flush_always with atomic_inc_not_zero_relaxed",
     .expected = Kind::kRecycledObject,
     .also = kMovedAlso,
     .rules = &kIncRelaxed,
     .memory = kWeak},
    {.name = "weak_count_before_root",
     .summary = "m10: weak_flush_always, and a relaxed store of the count publishes the root",
     .expected = Kind::kWrongUnlock,
     .also = kWrongLockAlso,
     .rules = &kRootUnordered,
     .memory = kWeak},
    {.name = "weak_fault_unordered",
     .summary = "weak_flush_always without the barrier before a new page names its anon_vma",
     .expected = Kind::kUseAfterFree,
     .also = kStaleAlso,
     .rules = &kFaultUnordered,
     .memory = kWeak},
    {.name = "weak_move_unordered",
     .summary = "weak_flush_always without the barrier before a moved page names its anon_vma",
     .expected = Kind::kUseAfterFree,
     .also = kStaleAlso,
     .rules = &kMoveUnordered,
     .memory = kWeak},
    {.name = "weak_control_dependency",
     .summary = "weak_fault_unordered: a barrier before the count of mappings, a branch after it",
     .expected = Kind::kUseAfterFree,
     .also = kStaleAlso,
     .rules = &kControlDependency,
     .memory = kWeak},
    {.name = "weak_control_dependency_rmb",
     .summary = "the same with smp_rmb() where the reader has found the page mapped",
     .rules = &kControlDependencyRmb,
     .memory = kWeak},
    {.name = "alpha_dependency",
     .summary = "weak_flush_always on a processor that orders no dependent loads",
     .expected = Kind::kUseAfterFree,
     .also = kStaleAlso,
     .rules = &kFlushAlways,
     .memory = kernel::MemoryModel::kAlpha},
};

}  // namespace revenant::anon_vma_subject
