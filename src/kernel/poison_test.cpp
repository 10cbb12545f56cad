// The poison table of slab_state.h, cell by cell; page_return_test.cpp has the row of returned
// pages.
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

constexpr std::optional<FindingKind> kUseAfterFree = FindingKind::kUseAfterFree;
constexpr std::optional<FindingKind> kOutside = FindingKind::kAccessOutsideRcu;

class PoisonTest : public SlabTest {
 protected:
  using Use = std::function<void(thing*)>;

  // What comes of a use of a freed object, inside a section that saw it alive.
  std::optional<FindingKind> inside(const Use& use) {
    return run({[&] {
      thing* const object = alloc();
      rcu_read_lock();
      free(object);
      use(object);
      rcu_read_unlock();
    }});
  }

  // The same outside any section.
  std::optional<FindingKind> outside(const Use& use) {
    return run({[&] {
      thing* const object = alloc();
      rcu_read_lock();
      free(object);
      rcu_read_unlock();
      use(object);
    }});
  }

  // The same inside a section that began after the free.
  std::optional<FindingKind> later(const Use& use) {
    return run({[&] {
      thing* const object = alloc();
      free(object);
      rcu_read_lock();
      use(object);
      rcu_read_unlock();
    }});
  }
};

void look_at_refcount(thing* object) { EXPECT_EQ(atomic_read(&object->refcount), 0); }
void count_if_alive(thing* object) { EXPECT_FALSE(atomic_inc_not_zero(&object->refcount)); }
void lock_and_unlock(thing* object) {
  EXPECT_TRUE(mutex_trylock(&object->lock));
  mutex_unlock(&object->lock);
}
void look_at_lock(thing* object) { EXPECT_FALSE(mutex_is_locked(&object->lock)); }
void load_first_child(thing* object) { EXPECT_EQ(READ_ONCE(object->first_child), nullptr); }
void load_hint(thing* object) { READ_ONCE(object->hint); }
void load_data(thing* object) { READ_ONCE(object->data); }
void store_data(thing* object) { WRITE_ONCE(object->data, 1L); }
void alter_data(thing* object) { xchg(&object->data, 1L); }
void store_hint(thing* object) { WRITE_ONCE(object->hint, 1L); }
void alter_hint(thing* object) { xchg(&object->hint, 1L); }
void set_refcount(thing* object) { atomic_set(&object->refcount, 0); }
void store_first_child(thing* object) { WRITE_ONCE(object->first_child, nullptr); }

// --- Freed: readable fields, by a plain store ---

TEST_F(PoisonTest, APlainStoreToAReadableFieldIsFoundAtTheNextAllocation) {
  EXPECT_EQ(run({[&] {
              thing* const object = alloc();
              free(object);
              object->hint = 1;
              alloc();
            }}),
            kUseAfterFree);
  EXPECT_NE(text().find("plain write while free to thing0#1:freed.hint"), std::string::npos)
      << text();
}

// --- Freed: stable fields, by atomic or lock operation ---

TEST_F(PoisonTest, InsideTheSectionTheRefcountMayBeRead) {
  EXPECT_EQ(inside(look_at_refcount), kClean);
}
TEST_F(PoisonTest, InsideTheSectionTheRefcountMayBeTriedByAnAtomic) {
  EXPECT_EQ(inside(count_if_alive), kClean);
}
TEST_F(PoisonTest, InsideTheSectionTheLockMayBeTakenAndReleased) {
  EXPECT_EQ(inside(lock_and_unlock), kClean);
}
TEST_F(PoisonTest, InsideTheSectionTheLockMayBeLookedAt) {
  EXPECT_EQ(inside(look_at_lock), kClean);
}
TEST_F(PoisonTest, InsideTheSectionAnotherConstructorFieldMayBeLoaded) {
  EXPECT_EQ(inside(load_first_child), kClean);
}
TEST_F(PoisonTest, InsideTheSectionADeclaredReadableFieldMayBeLoaded) {
  EXPECT_EQ(inside(load_hint), kClean);
}

TEST_F(PoisonTest, OutsideTheRefcountMayNotBeRead) {
  EXPECT_EQ(outside(look_at_refcount), kOutside);
}
TEST_F(PoisonTest, OutsideTheRefcountMayNotBeTriedByAnAtomic) {
  EXPECT_EQ(outside(count_if_alive), kOutside);
}
TEST_F(PoisonTest, OutsideTheLockMayNotBeTaken) { EXPECT_EQ(outside(lock_and_unlock), kOutside); }
TEST_F(PoisonTest, OutsideTheLockMayNotBeLookedAt) { EXPECT_EQ(outside(look_at_lock), kOutside); }
TEST_F(PoisonTest, OutsideTheLockMayNotBeWaitedFor) {
  EXPECT_EQ(outside([](thing* object) { mutex_lock(&object->lock); }), kOutside);
}
TEST_F(PoisonTest, OutsideALockTakenInsideMayNotBeReleased) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            rcu_read_lock();
                            EXPECT_TRUE(mutex_trylock(&object->lock));
                            directed_.order_cpu(kCpu1);
                            share(object);
                            step();
                            rcu_read_unlock();
                            mutex_unlock(&object->lock);
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, kOutside);
}
TEST_F(PoisonTest, OutsideAnotherConstructorFieldMayNotBeLoaded) {
  EXPECT_EQ(outside(load_first_child), kOutside);
}
TEST_F(PoisonTest, OutsideADeclaredReadableFieldMayNotBeLoaded) {
  EXPECT_EQ(outside(load_hint), kOutside);
}

TEST_F(PoisonTest, ASectionThatBeganAfterTheFreeCountsAsOutside) {
  EXPECT_EQ(later(count_if_alive), kOutside);
}

TEST_F(PoisonTest, ASectionThatBeganAfterTheFreeCountsAsOutsideAlsoIfTheFreerEndsAtOnce) {
  const auto found = run({[&] {
                            share(alloc());
                            directed_.order_cpu(kCpu1);  // At the very point of the lock.
                            rcu_read_lock();
                            count_if_alive(shared());
                            rcu_read_unlock();
                          },
                          [&] { free(shared()); }});
  EXPECT_EQ(found, kOutside);
}

TEST_F(PoisonTest, ANestedSectionThatBeganAfterTheFreeIsPartOfTheOuterOne) {
  const auto found = inside([](thing* object) {
    rcu_read_lock();
    count_if_alive(object);
    rcu_read_unlock();
  });
  EXPECT_EQ(found, kClean);
}

TEST_F(PoisonTest, TheSectionOfAnotherCpuDoesNotCount) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            go_to(kCpu1);
                            rcu_read_unlock();
                          },
                          [&] {
                            thing* const object = alloc();
                            free(object);
                            count_if_alive(object);
                          }});
  EXPECT_EQ(found, kOutside);
}

// --- Freed: any other field, and any write ---

#define REVENANT_FORBIDDEN(use, name)                                                   \
  TEST_F(PoisonTest, InsideTheSection##name) { EXPECT_EQ(inside(use), kUseAfterFree); } \
  TEST_F(PoisonTest, Outside##name) { EXPECT_EQ(outside(use), kUseAfterFree); }

REVENANT_FORBIDDEN(load_data, AnotherFieldMayNotBeLoaded)
REVENANT_FORBIDDEN(store_data, AnotherFieldMayNotBeStored)
REVENANT_FORBIDDEN(alter_data, AnotherFieldMayNotBeAltered)
REVENANT_FORBIDDEN(store_hint, AReadableFieldMayNotBeStored)
REVENANT_FORBIDDEN(alter_hint, AReadableFieldMayNotBeAltered)
REVENANT_FORBIDDEN(set_refcount, TheRefcountMayNotBeSet)
REVENANT_FORBIDDEN(store_first_child, AConstructorFieldMayNotBeStored)

TEST_F(PoisonTest, WithoutTypeStabilityNoFieldMayBeTouchedInsideTheSection) {
  cache_ = create(0);
  EXPECT_EQ(inside(count_if_alive), kUseAfterFree);
}

TEST_F(PoisonTest, WithoutTypeStabilityNoFieldIsReadable) {
  cache_ = create(0);
  EXPECT_EQ(inside(load_hint), kUseAfterFree);
}

TEST_F(PoisonTest, EachByteOfAnAccessMustBeStable) {
  const auto found = inside([](thing* object) {
    const auto in_two_words = reinterpret_cast<std::uintptr_t>(&object->data) - 4;
    slab().check_access(Access::kRead, in_two_words, 8, Site::current());
  });
  EXPECT_EQ(found, kUseAfterFree);
}

TEST_F(PoisonTest, NothingBeyondAnObjectMayBeTouched) {
  const auto found = run({[&] {
    thing* const object = alloc();
    READ_ONCE(*reinterpret_cast<long*>(object + 1));
  }});
  EXPECT_EQ(found, kUseAfterFree);
  EXPECT_EQ(text(), "access beyond thing0#1: allocated by CPU 0 in op 0 at step 1");
}

TEST_F(PoisonTest, NothingMayBeTouchedThatIsOnlyInPartOfAnObject) {
  kmem_cache* const cache = kmem_cache_create("odd", 12, {}, 0);
  const auto found = run({[&] {
    auto* const object = static_cast<int*>(kmem_cache_alloc(cache, GFP_ATOMIC));
    WRITE_ONCE(object[2], 1);
    WRITE_ONCE(*reinterpret_cast<long*>(object + 2), 1L);
  }});
  EXPECT_EQ(found, kUseAfterFree);
  EXPECT_THAT(text(), testing::StartsWith("access beyond odd0#1"));
}

TEST_F(PoisonTest, AnObjectNeverAllocatedMayNotBeTouched) {
  const auto found = run({[&] {
    rcu_read_lock();
    auto* const neighbour = reinterpret_cast<char*>(alloc()) + kSlabPageBytes / kObjectsPerPage;
    count_if_alive(reinterpret_cast<thing*>(neighbour));
  }});
  EXPECT_EQ(found, kOutside);
}

TEST_F(PoisonTest, MemoryThatWasNeverASlabPageMayNotBeTouched) {
  const auto found = run({[&] {
    auto* const wild = reinterpret_cast<char*>(alloc()) + kSlabPageBytes;
    READ_ONCE(*wild);
  }});
  EXPECT_EQ(found, kUseAfterFree);
  EXPECT_THAT(text(), testing::StartsWith("wild access to"));
}

#ifdef REVENANT_WITH_ASAN

TEST_F(PoisonTest, NothingBeyondAnObjectMayBeTouchedPlainly) {
  const auto found = run({[&] {
    thing* const object = alloc();
    read_plainly(*reinterpret_cast<long*>(object + 1));
    step();
  }});
  EXPECT_EQ(found, kUseAfterFree);
  EXPECT_EQ(text(), "plain access beyond thing0#1: allocated by CPU 0 in op 0 at step 1");
}

TEST_F(PoisonTest, AnObjectNeedNotEndWithAWord) {
  kmem_cache* const cache = kmem_cache_create("odd", 12, {}, 0);
  const auto write_at = [&](std::size_t index) {
    return run({[&, index] {
      auto* const object = static_cast<int*>(kmem_cache_alloc(cache, GFP_ATOMIC));
      write_plainly(object[index], 1);
      step();
    }});
  };
  EXPECT_EQ(write_at(2), kClean);
  EXPECT_EQ(write_at(3), kUseAfterFree);
}

REVENANT_FORBIDDEN([](thing* object) { read_plainly(object->data); },
                   AnotherFieldMayNotBeReadPlainly)
REVENANT_FORBIDDEN([](thing* object) { write_plainly(object->data, 1); },
                   AnotherFieldMayNotBeWrittenPlainly)

TEST_F(PoisonTest, APlainAccessIsExplainedByTheHistoryOfItsObject) {
  EXPECT_EQ(inside([](thing* object) { read_plainly(object->data); }), kUseAfterFree);
  EXPECT_EQ(text(),
            "plain access to freed thing0#1:freed.data: allocated by CPU 0 in op 0 at step "
            "1, freed by CPU 0 in op 0 at step 3");
}

TEST_F(PoisonTest, AReusedObjectIsOpenToPlainAccesses) {
  const auto found = run({[&] {
    free(alloc());
    thing* const object = alloc();
    write_plainly(object->data, 1);
    EXPECT_EQ(read_plainly(object->data), 1);
  }});
  EXPECT_EQ(found, kClean);
}

#else

// Who has no shadow memory finds the write when the object is handed out again, or at the end.
TEST_F(PoisonTest, APlainWriteIsFoundByTheNextAllocation) {
  const auto found = inside([&](thing* object) {
    write_plainly(object->data, 1);
    alloc();
  });
  EXPECT_EQ(found, kUseAfterFree);
  EXPECT_EQ(text(),
            "plain write while free to thing0#1:freed.data: allocated by CPU 0 in op 0 at "
            "step 1, freed by CPU 0 in op 0 at step 3");
}

TEST_F(PoisonTest, APlainWriteIsFoundAtTheEnd) {
  EXPECT_EQ(outside([](thing* object) { write_plainly(object->data, 1); }), kClean);
  EXPECT_EQ(left_over(), kUseAfterFree);
}

#endif

// A word with a stable byte in it stays accessible to plain code, under ASan too.
TEST_F(PoisonTest, APlainWriteToAStableFieldIsFoundByTheNextAllocation) {
  const auto found = inside([&](thing* object) {
    write_plainly(object->first_child, object);
    alloc();
  });
  EXPECT_EQ(found, kUseAfterFree);
}

TEST_F(PoisonTest, APlainWriteToAStableFieldIsFoundAtTheEnd) {
  EXPECT_EQ(inside([](thing* object) { write_plainly(object->refcount.counter, 1); }), kClean);
  EXPECT_EQ(left_over(), kUseAfterFree);
}

TEST_F(PoisonTest, AReadableFieldKeepsItsValue) {
  const auto found = run({[&] {
    thing* const object = alloc();
    WRITE_ONCE(object->hint, 17L);
    rcu_read_lock();
    free(object);
    EXPECT_EQ(READ_ONCE(object->hint), 17);
  }});
  EXPECT_EQ(found, kClean);
}

}  // namespace
}  // namespace revenant::kernel
