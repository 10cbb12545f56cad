// The last row of the poison table: an object that is another one by now; and what findings tell of
// it.
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class RecycledTest : public SlabTest {
 protected:
  // A use of an object as the life before the one that it has.
  std::optional<FindingKind> recycled(bool is_inside, const std::function<void(thing*)>& use) {
    return run({[&, is_inside] {
      machine_.begin_op(4);
      thing* const object = alloc();
      if (is_inside) rcu_read_lock();
      machine_.begin_op(5);
      free(object);
      machine_.begin_op(6);
      EXPECT_EQ(alloc(), object);
      use(object);
      if (is_inside) rcu_read_unlock();
    }});
  }

  static void use_as_first_life(thing* object) {
    slab().judge_identity(object, 1, Site::current());
  }
};

TEST_F(RecycledTest, InsideTheSectionItIsNotTheOldIncarnation) {
  EXPECT_EQ(recycled(true, use_as_first_life), FindingKind::kRecycledObject);
  EXPECT_EQ(
      text(),
      "relies on thing0#2 as if it were an earlier life: allocated by CPU 0 in op 4 at step 2, "
      "freed by CPU 0 in op 5 at step 5, allocated again by CPU 0 in op 6 at step 7");
}

TEST_F(RecycledTest, OutsideItIsNotTheOldIncarnation) {
  EXPECT_EQ(recycled(false, use_as_first_life), FindingKind::kRecycledObject);
}

TEST_F(RecycledTest, WhatWasDeadWhenItWasNamedIsNobodysToRelyOn) {
  EXPECT_EQ(run({[&] {
              thing* const object = alloc();
              free(object);
              slab().judge_identity(object, slab().incarnation_of(object), Site::current());
            }}),
            FindingKind::kUseAfterFree);
}

TEST_F(RecycledTest, ItIsItsNewIncarnation) {
  EXPECT_EQ(recycled(true,
                     [](thing* object) {
                       slab().judge_identity(object, slab().incarnation_of(object),
                                             Site::current());
                     }),
            kClean);
}

TEST_F(RecycledTest, ItsStableFieldsMayBeUsedUntilThen) {
  const auto found = recycled(true, [](thing* object) {
    EXPECT_TRUE(mutex_trylock(&object->lock));
    mutex_unlock(&object->lock);
    EXPECT_FALSE(atomic_inc_not_zero(&object->refcount));
  });
  EXPECT_EQ(found, kClean);
}

TEST_F(RecycledTest, AFreedObjectIsNoIncarnationAtAll) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    free(object);
    use_as_first_life(object);
  }});
  EXPECT_EQ(found, FindingKind::kUseAfterFree);
  EXPECT_THAT(text(), testing::StartsWith("relies on freed thing0#1:freed: allocated by CPU 0"));
}

// --- What a finding says ---

TEST_F(RecycledTest, AFindingNamesWhoAllocatedFreedAndReallocated) {
  run({[&] {
         machine_.begin_op(7);
         share(alloc());
         rcu_read_lock();
         go_to(kCpu1);
         READ_ONCE(shared()->data);
       },
       [&] {
         machine_.begin_op(1);
         free(shared());
         machine_.begin_op(2);
         alloc();
         machine_.begin_op(3);
         free(shared());
         go_to(kCpu0);
       }});
  EXPECT_EQ(text(),
            "access to freed thing0#2:freed.data: allocated by CPU 0 in op 7 at step 2, "
            "freed by CPU 1 in op 1 at step 5, allocated again by CPU 1 in op 2 at step 7, "
            "freed by CPU 1 in op 3 at step 9");
  EXPECT_EQ(machine_.finding()->at.cpu, kCpu0);
  EXPECT_EQ(machine_.finding()->at.op, 7);
  EXPECT_EQ(function_of(machine_.finding()->site), "TestBody");
}

}  // namespace
}  // namespace revenant::kernel
