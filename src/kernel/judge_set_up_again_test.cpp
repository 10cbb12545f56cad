// Rule C9: a lock or a count that a stale reader may be using is not set up again.
#include "kernel/rwsem.h"
#include "kernel/spinlock.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class SetUpAgainTest : public SlabTest {
 protected:
  // What comes of a use of an object that was freed before.
  std::optional<FindingKind> reused(const std::function<void(thing*)>& use) {
    return run({[&] {
      free(alloc());
      use(alloc());
    }});
  }
};

TEST_F(SetUpAgainTest, AMutexOfAReusedObjectIsBadConstructorState) {
  EXPECT_EQ(reused([](thing* object) { mutex_init(&object->lock); }),
            FindingKind::kBadConstructorState);
  EXPECT_EQ(text(),
            "sets up again thing0#2.lock: allocated by CPU 0 in op 0 at step 1, freed by CPU 0 in "
            "op 0 at step 2, allocated again by CPU 0 in op 0 at step 3");
}

TEST_F(SetUpAgainTest, ASpinlockOfAReusedObjectIsBadConstructorState) {
  cache_ = kmem_cache_create(
      "spin", sizeof(spinlock_t),
      {.ctor = [](void* object) { spin_lock_init(static_cast<spinlock_t*>(object)); }},
      SLAB_TYPESAFE_BY_RCU);
  const auto found =
      reused([](thing* object) { spin_lock_init(reinterpret_cast<spinlock_t*>(object)); });
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
}

TEST_F(SetUpAgainTest, ARwsemOfAReusedObjectIsBadConstructorState) {
  cache_ = kmem_cache_create(
      "rwsem", sizeof(rw_semaphore),
      {.ctor = [](void* object) { init_rwsem(static_cast<rw_semaphore*>(object)); }},
      SLAB_TYPESAFE_BY_RCU);
  const auto found =
      reused([](thing* object) { init_rwsem(reinterpret_cast<rw_semaphore*>(object)); });
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
}

TEST_F(SetUpAgainTest, AMutexOfAFreeObjectIsBadConstructorState) {
  const auto found = run({[&] {
    thing* const object = alloc();
    free(object);
    mutex_init(&object->lock);
  }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
}

// Nobody can have found it before.
TEST_F(SetUpAgainTest, AMutexInItsFirstLifeIsAllowed) {
  EXPECT_EQ(run({[&] { mutex_init(&alloc()->lock); }}), kClean);
}

TEST_F(SetUpAgainTest, AMutexThatTheConstructorDoesNotOwnIsAllowed) {
  const auto found =
      reused([](thing* object) { mutex_init(reinterpret_cast<mutex*>(&object->data)); });
  EXPECT_EQ(found, kClean);
}

TEST_F(SetUpAgainTest, AMutexWithoutTypeStabilityIsAllowed) {
  cache_ = create(0);
  EXPECT_EQ(reused([](thing* object) { mutex_init(&object->lock); }), kClean);
}

// --- The count ---

void count_to_two(thing* object) {
  atomic_set(&object->refcount, 1);
  atomic_inc(&object->refcount);
}

TEST_F(SetUpAgainTest, ACountOfAReusedObjectThatIsNotZeroIsARefcountFinding) {
  const auto found = reused([](thing* object) {
    count_to_two(object);
    atomic_set(&object->refcount, 1);
  });
  EXPECT_EQ(found, FindingKind::kRefcount);
  EXPECT_THAT(text(), testing::StartsWith("atomic_set over a count of 2 in thing0#2.refcount: "));
}

TEST_F(SetUpAgainTest, ByAReleaseItIsOneToo) {
  const auto found = reused([](thing* object) {
    count_to_two(object);
    atomic_set_release(&object->refcount, 0);
  });
  EXPECT_EQ(found, FindingKind::kRefcount);
}

TEST_F(SetUpAgainTest, ACountInItsFirstLifeIsAllowed) {
  const auto found = run({[&] {
    thing* const object = alloc();
    count_to_two(object);
    atomic_set(&object->refcount, 1);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(SetUpAgainTest, ACountWithoutTypeStabilityIsAllowed) {
  cache_ = create(0);
  const auto found = reused([](thing* object) {
    count_to_two(object);
    atomic_set(&object->refcount, 1);
  });
  EXPECT_EQ(found, kClean);
}

TEST_F(SetUpAgainTest, ACountThatIsZeroIsSetByEachOwner) {
  const auto found = reused([](thing* object) {
    count_to_two(object);
    atomic_dec(&object->refcount);
    EXPECT_TRUE(atomic_dec_and_test(&object->refcount));
    atomic_set(&object->refcount, 1);
  });
  EXPECT_EQ(found, kClean);
}

// Poison is no count.
TEST_F(SetUpAgainTest, ACountThatTheConstructorDoesNotOwnIsSetByEachOwner) {
  static constexpr std::array<sim::Field, 1> kFields{
      {{.name = "count", .offset_bytes = 0, .size_bytes = sizeof(atomic_t)}}};
  cache_ = kmem_cache_create("counted", sizeof(atomic_t), {.fields = kFields, .refcount = "count"},
                             SLAB_TYPESAFE_BY_RCU);
  EXPECT_EQ(reused([](thing* object) { atomic_set(reinterpret_cast<atomic_t*>(object), 1); }),
            kClean);
}

}  // namespace
}  // namespace revenant::kernel
