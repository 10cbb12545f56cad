#include "kernel/slab.h"

#include "choice/random_choices.h"
#include "kernel/test_machine.h"
#include "sim/test_allocations.h"

namespace revenant::kernel {
namespace {

// --- Who gets which object ---

TEST_F(SlabTest, ObjectsInUseAreDistinct) {
  run({[&] {
    std::array<thing*, 7> things{};
    for (thing*& slot : things) {
      slot = alloc();
      EXPECT_EQ(std::ranges::count(things, slot), 1);
    }
  }});
}

TEST_F(SlabTest, ANewObjectIsAsItsConstructorLeftIt) {
  run({[&] {
    const thing* const fresh = alloc();
    EXPECT_EQ(fresh->lock.owner, 0U);
    EXPECT_EQ(fresh->refcount.counter, 0);
    EXPECT_EQ(fresh->first_child, nullptr);
  }});
}

TEST_F(SlabTest, ByDefaultTheObjectFreedLastComesFirst) {
  run({[&] {
    thing* const a = alloc();
    thing* const b = alloc();
    free(a);
    free(b);
    EXPECT_EQ(alloc(), b);
    EXPECT_EQ(alloc(), a);
  }});
}

TEST_F(SlabTest, AChoiceMayPickAnotherFreeObject) {
  run({[&] {
    thing* const a = alloc();
    thing* const b = alloc();
    thing* const c = alloc();
    free(a);
    free(b);
    free(c);
    will_pick(1);
    EXPECT_EQ(alloc(), b);
    EXPECT_EQ(alloc(), c);
    EXPECT_EQ(alloc(), a);
  }});
}

TEST_F(SlabTest, HandsOutAFreedObjectInTheSameGracePeriod) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            go_to(kCpu1);
                            EXPECT_TRUE(machine_.rcu().in_section(kCpu0));
                            rcu_read_unlock();
                          },
                          [&] {
                            thing* const object = alloc();
                            free(object);
                            EXPECT_EQ(alloc(), object);
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SlabTest, EachAllocationIsALifeOfItsOwn) {
  run({[&] {
    thing* const object = alloc();
    const Incarnation first = slab().incarnation_of(object);
    EXPECT_NE(first, 0U);
    EXPECT_EQ(slab().name_of(object), "thing0#1.lock");
    free(object);
    EXPECT_EQ(slab().incarnation_of(object), 0U);
    EXPECT_EQ(slab().name_of(object), "thing0#1:freed.lock");
    EXPECT_TRUE(slab().is_free(object));
    alloc();
    EXPECT_NE(slab().incarnation_of(object), first);
    EXPECT_EQ(slab().name_of(&object->data), "thing0#2.data");
  }});
}

TEST_F(SlabTest, LivesOfDifferentObjectsDiffer) {
  run({[&] {
    const thing* const a = alloc();
    const thing* const b = alloc();
    EXPECT_NE(slab().incarnation_of(a), slab().incarnation_of(b));
  }});
}

TEST_F(SlabTest, TheHistoryOfAnObjectNamesItsLastTwoLives) {
  run({[&] {
    machine_.begin_op(0);
    thing* const object = alloc();
    machine_.begin_op(1);
    free(object);
    machine_.begin_op(2);
    alloc();
    EXPECT_EQ(slab().history_of(object),
              "allocated by CPU 0 in op 0 at step 2, freed by CPU 0 in op 1 at step 4, "
              "allocated again by CPU 0 in op 2 at step 6");
    free(object);
    EXPECT_EQ(slab().history_of(object),
              "allocated by CPU 0 in op 0 at step 2, freed by CPU 0 in op 1 at step 4, "
              "allocated again by CPU 0 in op 2 at step 6, freed by CPU 0 in op 2 at step 7");
  }});
}

TEST_F(SlabTest, AnAddressThatIsNoObjectHasNoHistory) {
  run({[&] {
    int other = 0;
    const thing* const object = alloc();
    EXPECT_EQ(slab().history_of(&other), "never allocated");
    EXPECT_EQ(slab().history_of(object + kSlabPageBytes / sizeof(thing) / 2), "never allocated");
  }});
}

// --- One run after another ---

TEST_F(SlabTest, NothingOfTheRunBeforeIsInAFreshObject) {
  thing* before = nullptr;
  run({[&] {
    before = alloc();
    before->hint = 17;
  }});
  begin(directed_);
  run({[&] {
    thing* const object = alloc();
    EXPECT_EQ(object, before);
    EXPECT_EQ(object->hint, 0x6b6b6b6b6b6b6b6b);
  }});
}

TEST_F(SlabTest, NoObjectOfTheRunBeforeIsAlive) {
  thing* before = nullptr;
  run({[&] { before = alloc(); }});
  EXPECT_FALSE(slab().is_free(before));
  begin(directed_);
  EXPECT_TRUE(slab().is_free(before));
}

// --- Sleeping, and cost ---

TEST_F(SlabTest, AnAllocationThatMaySleepMayNotBeInsideASection) {
  const auto found = run({[&] {
    rcu_read_lock();
    kmem_cache_alloc(cache_, GFP_KERNEL);
  }});
  EXPECT_EQ(found, FindingKind::kSleepInRcu);
}

TEST_F(SlabTest, AnAtomicAllocationMayBeInsideASection) {
  const auto found = run({[&] {
    rcu_read_lock();
    kmem_cache_alloc(cache_, GFP_ATOMIC);
    rcu_read_unlock();
    kmem_cache_alloc(cache_, GFP_KERNEL);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SlabTest, AllocAndFreeAreOneSchedulingPointEachBeforeAnyChange) {
  run({[&] {
         share(alloc());
         directed_.order_cpu(kCpu1);
         free(shared());
         directed_.order_cpu(kCpu1);
         alloc();
       },
       [&] {
         EXPECT_FALSE(slab().is_free(shared()));
         go_to(kCpu0);
         EXPECT_TRUE(slab().is_free(shared()));
       }});
  EXPECT_EQ(machine_.step(), 4U);
}

#ifndef REVENANT_WITH_TSAN

TEST_F(SlabTest, NoPrimitiveAllocatesInARunWithoutFinding) {
  struct Queued {
    rcu_head head;
  } queued;
  mutex lock{};
  const auto body = [&] {
    for (int i = 0; i < 5; ++i) {
      mutex_lock(&lock);
      thing* const object = alloc();
      mutex_unlock(&lock);
      rcu_read_lock();
      atomic_read(&object->refcount);
      rcu_read_unlock();
      free(object);
      synchronize_rcu();
    }
  };
  const Bodies bodies{[&] {
                        call_rcu(&queued.head, [](rcu_head*) {});
                        body();
                        rcu_barrier();
                      },
                      body, body};
  sim::Trace trace;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomChoices choices(seed);
    const std::size_t before = sim::allocation_count();
    begin(choices, {.trace = &trace});
    const bool is_clean = machine_.run(3, program(bodies));
    EXPECT_EQ(sim::allocation_count(), before);
    EXPECT_TRUE(is_clean) << text();
  }
}

#endif

#ifdef REVENANT_WITH_TSAN

// --- What it orders ---

TEST_F(SlabTest, WhoGetsAnObjectSeesAllThatItsFreerDid) {
  const auto use = [&] {
    thing* const object = alloc();
    write_plainly(object->data, 1);
    free(object);
  };
  EXPECT_EQ(run({use, use}), kClean);
}

TEST_F(SlabTest, WhoGetsAnObjectFirstSeesWhatItsConstructorDid) {
  const auto found = run({[&] { alloc(); },
                          [&] {
                            thing* const other = alloc();
                            write_plainly(other->first_child, other);
                            write_plainly(other->refcount.counter, 1);
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SlabTest, DifferentObjectsOrderNothing) {
  alignas(8) int data = 0;
  const auto found = run({[&] {
                            alloc();
                            write_plainly(data, 1);
                            thing* const object = alloc();
                            go_to(kCpu1);
                            free(object);
                          },
                          [&] {
                            alloc();
                            write_plainly(data, 2);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(SlabTest, AStaleReaderIsNotOrderedWithTheNextOwner) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            directed_.order_cpu(kCpu1);
                            free(object);
                            thing* const again = alloc();
                            write_plainly(again->data, 1);
                          },
                          [&] {
                            rcu_read_lock();
                            read_plainly(shared()->data);
                            go_to(kCpu0);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
  EXPECT_EQ(text(),
            "on thing0#2.data: allocated by CPU 0 in op 0 at step 1, freed by CPU 0 in op 0 "
            "at step 3, allocated again by CPU 0 in op 0 at step 4");
}

#endif

}  // namespace
}  // namespace revenant::kernel
