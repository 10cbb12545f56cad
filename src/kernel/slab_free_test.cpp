// What kmem_cache_free and the end of a run find, and what they let pass; and the refcount's rules.
#include <climits>

#include "kernel/slab.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

using SlabFreeTest = SlabTest;
using SlabLeftOverTest = SlabTest;
using SlabRefcountTest = SlabTest;

TEST_F(SlabFreeTest, OfAFreeObjectIsADoubleFree) {
  const auto found = run({[&] {
    thing* const object = alloc();
    free(object);
    free(object);
  }});
  EXPECT_EQ(found, FindingKind::kDoubleFree);
  EXPECT_EQ(text(),
            "second free of thing0#1:freed: allocated by CPU 0 in op 0 at step 1, "
            "freed by CPU 0 in op 0 at step 2");
}

TEST_F(SlabFreeTest, OfAnObjectNeverAllocatedIsADoubleFree) {
  const auto found = run({[&] {
    auto* const neighbour = reinterpret_cast<char*>(alloc()) + kSlabPageBytes / kObjectsPerPage;
    free(reinterpret_cast<thing*>(neighbour));
  }});
  EXPECT_EQ(found, FindingKind::kDoubleFree);
}

TEST_F(SlabFreeTest, OfNothingIsAllowed) {
  EXPECT_EQ(run({[&] { free(nullptr); }}), kClean);
}

TEST_F(SlabFreeTest, OfThePartOfAnObjectIsABug) {
  const auto found = run({[&] { kmem_cache_free(cache_, &alloc()->data); }});
  EXPECT_EQ(found, FindingKind::kBugOn);
  EXPECT_EQ(text(), "kmem_cache_free of thing0#1.data, which is no object of cache thing");
}

TEST_F(SlabFreeTest, OfAnObjectOfAnotherCacheIsABug) {
  kmem_cache* const other = kmem_cache_create("other", 8, {}, 0);
  const auto found = run({[&] { kmem_cache_free(other, alloc()); }});
  EXPECT_EQ(found, FindingKind::kBugOn);
  EXPECT_EQ(text(), "kmem_cache_free of thing0#1.lock, which is no object of cache other");
}

TEST_F(SlabFreeTest, OfMemoryThatIsNoSlabIsABug) {
  int elsewhere = 0;
  EXPECT_EQ(run({[&] { kmem_cache_free(cache_, &elsewhere); }}), FindingKind::kBugOn);
  EXPECT_EQ(text(), "kmem_cache_free of ?, which is no object of cache thing");
}

TEST_F(SlabFreeTest, OfAPageNeverUsedIsABug) {
  const auto found = run({[&] { free(alloc() + kSlabPageBytes / sizeof(thing)); }});
  EXPECT_EQ(found, FindingKind::kBugOn);
}

TEST_F(SlabFreeTest, WithAReferenceLeftIsBadConstructorState) {
  const auto found = run({[&] {
    thing* const object = alloc();
    atomic_set(&object->refcount, 1);
    free(object);
  }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
  EXPECT_EQ(text(),
            "free without constructor state in thing0#1.refcount: allocated by CPU 0 in op "
            "0 at step 1");
}

TEST_F(SlabFreeTest, WithSomethingInAContainerIsBadConstructorState) {
  const auto found = run({[&] {
    thing* const object = alloc();
    object->first_child = object;
    free(object);
  }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
  EXPECT_THAT(text(),
              testing::StartsWith("free without constructor state in thing0#1.first_child"));
}

TEST_F(SlabFreeTest, WithAnythingInOtherFieldsIsAllowed) {
  const auto found = run({[&] {
    thing* const object = alloc();
    object->data = 17;
    object->hint = 18;
    free(object);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SlabFreeTest, UnderTheFreersOwnLockIsFreeWhileLocked) {
  const auto found = run({[&] {
    thing* const object = alloc();
    mutex_lock(&object->lock);
    free(object);
  }});
  EXPECT_EQ(found, FindingKind::kFreeWhileLocked);
  EXPECT_THAT(text(), testing::StartsWith("free while somebody holds thing0#1.lock"));
}

TEST_F(SlabFreeTest, UnderALockWhoseHolderIsInNoSectionIsFreeWhileLocked) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            mutex_lock(&object->lock);
                            go_to(kCpu1);
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, FindingKind::kFreeWhileLocked);
}

TEST_F(SlabFreeTest, ASectionThatBeganUnderTheLockExcusesNoHolder) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            mutex_lock(&object->lock);
                            rcu_read_lock();
                            go_to(kCpu1);
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, FindingKind::kFreeWhileLocked);
}

TEST_F(SlabFreeTest, AnotherSectionThanTheOneThatTheLockWasTakenInExcusesNoHolder) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            rcu_read_lock();
                            EXPECT_TRUE(mutex_trylock(&object->lock));
                            rcu_read_unlock();
                            rcu_read_lock();
                            go_to(kCpu1);
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, FindingKind::kFreeWhileLocked);
}

// Such a reader has yet to find out that it locked a dead object.
TEST_F(SlabFreeTest, UnderALockThatAReaderTookByTrylockIsAllowed) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            rcu_read_lock();
                            EXPECT_TRUE(mutex_trylock(&object->lock));
                            go_to(kCpu1);
                            mutex_unlock(&object->lock);
                            rcu_read_unlock();
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SlabFreeTest, AReadersLockSurvivesFreeAndReuse) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            rcu_read_lock();
                            EXPECT_TRUE(mutex_trylock(&object->lock));
                            go_to(kCpu1);
                            mutex_unlock(&object->lock);
                            rcu_read_unlock();
                          },
                          [&] {
                            free(shared());
                            EXPECT_EQ(alloc(), shared());
                            EXPECT_FALSE(mutex_trylock(&shared()->lock));
                          }});
  EXPECT_EQ(found, kClean);
}

// The lock and the refcount are four bytes each of one word.
TEST_F(SlabFreeTest, AReadersLockDoesNotExcuseTheRefcountBesideIt) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            atomic_set(&object->refcount, 1);
                            rcu_read_lock();
                            EXPECT_TRUE(mutex_trylock(&object->lock));
                            go_to(kCpu1);
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
  EXPECT_THAT(text(), testing::HasSubstr("thing0#1.refcount"));
}

TEST_F(SlabFreeTest, WithASleeperOnTheLockIsBadConstructorState) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            rcu_read_lock();
                            EXPECT_TRUE(mutex_trylock(&object->lock));
                            go_to(kCpu1);
                          },
                          [&] { mutex_lock(&shared()->lock); }, [&] { free(shared()); }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
  EXPECT_THAT(text(), testing::StartsWith("free with a sleeper on thing0#1"));
}

TEST_F(SlabFreeTest, UnderADeclaredHolderIsFreeWhileLockedEvenInsideASection) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            rcu_read_lock();
                            slab().hold(object);
                            go_to(kCpu1);
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, FindingKind::kFreeWhileLocked);
  EXPECT_THAT(text(), testing::StartsWith("free under a holder that relies on thing0#1"));
}

TEST_F(SlabFreeTest, AfterTheDeclaredHolderLetGoIsAllowed) {
  const auto found = run({[&] {
    thing* const object = alloc();
    slab().hold(object);
    slab().unhold(object);
    free(object);
  }});
  EXPECT_EQ(found, kClean);
}

// --- At the end of a run ---

TEST_F(SlabLeftOverTest, AnObjectThatNobodyFreedIsALeak) {
  run({[&] { alloc(); }});
  EXPECT_EQ(left_over(), FindingKind::kLeak);
  EXPECT_EQ(text(), "nothing will free thing0#1: allocated by CPU 0 in op 0 at step 1");
}

TEST_F(SlabLeftOverTest, NothingIsFoundWhereAllWasFreed) {
  run({[&] {
    thing* const a = alloc();
    free(alloc());
    free(a);
  }});
  EXPECT_EQ(left_over(), kClean);
}

// --- The declared refcount ---

TEST_F(SlabRefcountTest, MayNotFallBelowZero) {
  const auto found = run({[&] { atomic_dec(&alloc()->refcount); }});
  EXPECT_EQ(found, FindingKind::kRefcount);
  EXPECT_THAT(text(), testing::StartsWith("underflow of thing0#1.refcount"));
}

TEST_F(SlabRefcountTest, MayNotRiseFromZeroByAnInc) {
  const auto found = run({[&] { atomic_inc(&alloc()->refcount); }});
  EXPECT_EQ(found, FindingKind::kRefcount);
  EXPECT_THAT(text(), testing::StartsWith("resurrection from zero of thing0#1.refcount"));
}

TEST_F(SlabRefcountTest, MayNotRiseFromZeroByACmpxchg) {
  EXPECT_EQ(run({[&] { atomic_cmpxchg(&alloc()->refcount, 0, 1); }}), FindingKind::kRefcount);
}

TEST_F(SlabRefcountTest, MayNotOverflow) {
  const auto found = run({[&] {
    thing* const object = alloc();
    atomic_set(&object->refcount, INT_MAX);
    atomic_inc(&object->refcount);
  }});
  EXPECT_EQ(found, FindingKind::kRefcount);
  EXPECT_THAT(text(), testing::StartsWith("overflow of thing0#1.refcount"));
}

TEST_F(SlabRefcountTest, MayNotBeResurrectedByAStaleReader) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    free(object);
    atomic_inc(&object->refcount);
  }});
  EXPECT_EQ(found, FindingKind::kRefcount);
}

TEST_F(SlabRefcountTest, IsSetByTheNewOwner) {
  const auto found = run({[&] {
    thing* const object = alloc();
    atomic_set(&object->refcount, 1);
    atomic_inc(&object->refcount);
    atomic_dec(&object->refcount);
    EXPECT_TRUE(atomic_dec_and_test(&object->refcount));
    EXPECT_FALSE(atomic_inc_not_zero(&object->refcount));
    free(object);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SlabRefcountTest, HasNoRulesInAFieldThatIsNotDeclaredSo) {
  const auto found = run({[&] {
    thing* const object = alloc();
    object->data = 0;
    EXPECT_EQ(cmpxchg(&object->data, 0, -1), 0);
  }});
  EXPECT_EQ(found, kClean);
}

}  // namespace
}  // namespace revenant::kernel
