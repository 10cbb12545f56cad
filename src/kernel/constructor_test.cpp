// When a cache's constructor runs, and which bytes it owns: those must hold again at each free, and
// a stale reader may use them.
#include "kernel/rwsem.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class ConstructorTest : public KernelTest {
 protected:
  static void construct(void* /*object*/) { ++count_; }
  static void construct_list(void* object) {
    static_cast<void**>(object)[0] = object;  // An empty list_head: it points at itself.
    static_cast<void**>(object)[1] = object;
  }

  static inline std::atomic<int> count_;
};

TEST_F(ConstructorTest, RunsForEachObjectOfANewPageAndNotAtAnAllocation) {
  kmem_cache* const cache =
      kmem_cache_create("counted", 8, {.ctor = &construct}, SLAB_TYPESAFE_BY_RCU);
  count_ = 0;
  run({[&] {
    void* const first = kmem_cache_alloc(cache, GFP_ATOMIC);
    EXPECT_EQ(count_, static_cast<int>(kObjectsPerPage));
    for (std::size_t i = 1; i < kObjectsPerPage; ++i) kmem_cache_alloc(cache, GFP_ATOMIC);
    kmem_cache_free(cache, first);
    kmem_cache_alloc(cache, GFP_ATOMIC);
    EXPECT_EQ(count_, static_cast<int>(kObjectsPerPage));
    kmem_cache_alloc(cache, GFP_ATOMIC);
    EXPECT_EQ(count_, static_cast<int>(2 * kObjectsPerPage)) << "a second page";
  }});
}

TEST_F(ConstructorTest, AnEmptyListThatPointsAtItselfIsConstructorState) {
  kmem_cache* const cache =
      kmem_cache_create("list", 24, {.ctor = &construct_list}, SLAB_TYPESAFE_BY_RCU);
  const auto found = run({[&] {
    for (int i = 0; i < 3; ++i) {
      void* const list = kmem_cache_alloc(cache, GFP_ATOMIC);
      EXPECT_EQ(*static_cast<void**>(list), list);
      kmem_cache_free(cache, list);
    }
    slab().report_left_over(Site::current());
  }});
  EXPECT_EQ(found, kClean) << text();
}

TEST_F(ConstructorTest, AListWithAMemberIsNot) {
  kmem_cache* const cache =
      kmem_cache_create("list", 24, {.ctor = &construct_list}, SLAB_TYPESAFE_BY_RCU);
  const auto found = run({[&] {
    void* const list = kmem_cache_alloc(cache, GFP_ATOMIC);
    static_cast<void**>(list)[1] = static_cast<char*>(list) + 16;
    kmem_cache_free(cache, list);
  }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
}

// Two halves of an rw_semaphore in two words of the object.
TEST_F(ConstructorTest, ASemaphoreThatAStaleReaderHoldsMayLieAcrossTwoWords) {
  struct guarded {
    atomic_t count;
    rw_semaphore sem;
  };
  kmem_cache* const cache =
      kmem_cache_create("guarded", sizeof(guarded),
                        {.ctor =
                             [](void* object) {
                               static_cast<guarded*>(object)->count = ATOMIC_INIT(0);
                               init_rwsem(&static_cast<guarded*>(object)->sem);
                             }},
                        SLAB_TYPESAFE_BY_RCU);
  std::atomic<guarded*> shared = nullptr;
  const auto found = run({[&] {
                            auto* const object =
                                static_cast<guarded*>(kmem_cache_alloc(cache, GFP_ATOMIC));
                            shared.store(object, std::memory_order_relaxed);
                            rcu_read_lock();
                            EXPECT_TRUE(down_read_trylock(&object->sem));
                            go_to(kCpu1);
                            up_read(&object->sem);
                            rcu_read_unlock();
                          },
                          [&] {
                            kmem_cache_free(cache, shared.load(std::memory_order_relaxed));
                            slab().report_left_over(Site::current());
                          }});
  EXPECT_EQ(found, kClean) << text();
}

// Without a constructor a count may never have been set.
TEST_F(ConstructorTest, ACountThatNoConstructorSetsIsZeroOrUnsetAtAFree) {
  static constexpr std::array<sim::Field, 1> kFields{
      {{.name = "count", .offset_bytes = 4, .size_bytes = 4}}};
  const auto freed_with = [&](std::optional<int> count) {
    begin(directed_);
    kmem_cache* const cache =
        kmem_cache_create("counted", 8, {.fields = kFields, .refcount = "count"}, 0);
    return run({[&] {
      auto* const object = static_cast<atomic_t*>(kmem_cache_alloc(cache, GFP_ATOMIC));
      if (count) atomic_set(&object[1], *count);
      kmem_cache_free(cache, object);
    }});
  };
  EXPECT_EQ(freed_with(std::nullopt), kClean);
  EXPECT_EQ(freed_with(0), kClean);
  EXPECT_EQ(freed_with(3), FindingKind::kRefcount);
}

// In Linux too a constructor's state outlives the free of an object that is not type-stable.
class UnstableTest : public KernelTest {
 protected:
  static void construct(void* object) { *static_cast<atomic_t*>(object) = ATOMIC_INIT(7); }

  void SetUp() override {
    KernelTest::SetUp();
    cache_ = kmem_cache_create("unstable", 16, {.ctor = &construct}, 0);
  }
  atomic_t* alloc() { return static_cast<atomic_t*>(kmem_cache_alloc(cache_, GFP_ATOMIC)); }

  kmem_cache* cache_ = nullptr;
};

TEST_F(UnstableTest, ARecycledObjectHasItsConstructorState) {
  const auto found = run({[&] {
    atomic_t* const object = alloc();
    kmem_cache_free(cache_, object);
    EXPECT_EQ(alloc(), object);
    EXPECT_EQ(atomic_read(object), 7);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(UnstableTest, AFreeMustLeaveTheConstructorState) {
  const auto found = run({[&] {
    atomic_t* const object = alloc();
    atomic_inc(object);
    kmem_cache_free(cache_, object);
  }});
  EXPECT_EQ(found, FindingKind::kBadConstructorState);
}

TEST_F(UnstableTest, AStaleReaderMayNotTouchTheConstructorState) {
  const auto found = run({[&] {
    atomic_t* const object = alloc();
    rcu_read_lock();
    kmem_cache_free(cache_, object);
    atomic_read(object);
  }});
  EXPECT_EQ(found, FindingKind::kUseAfterFree);
}

#ifdef REVENANT_WITH_ASAN
TEST_F(UnstableTest, AStaleReaderMayNotReadTheConstructorStatePlainly) {
  const auto found = run({[&] {
    atomic_t* const object = alloc();
    rcu_read_lock();
    kmem_cache_free(cache_, object);
    read_plainly(object->counter);
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, FindingKind::kUseAfterFree);
}
#endif

// Half of a word is the constructor's, the other half is poisoned when free.
struct half {
  atomic_t refcount;
  int data;
};

class HalfWordTest : public KernelTest {
 protected:
  static void construct(void* object) { static_cast<half*>(object)->refcount = ATOMIC_INIT(0); }

  void SetUp() override {
    KernelTest::SetUp();
    cache_ = kmem_cache_create("half", sizeof(half), {.ctor = &construct}, SLAB_TYPESAFE_BY_RCU);
  }

  std::optional<FindingKind> used_when_free(const std::function<void(half*)>& use) {
    return run({[&] {
      auto* const object = static_cast<half*>(kmem_cache_alloc(cache_, GFP_ATOMIC));
      rcu_read_lock();
      kmem_cache_free(cache_, object);
      use(object);
      rcu_read_unlock();
    }});
  }

  kmem_cache* cache_ = nullptr;
};

TEST_F(HalfWordTest, TheConstructorsHalfMayBeUsedByAStaleReader) {
  EXPECT_EQ(used_when_free([](half* object) { atomic_read(&object->refcount); }), kClean);
}

TEST_F(HalfWordTest, TheOtherHalfMayNot) {
  EXPECT_EQ(used_when_free([](half* object) { READ_ONCE(object->data); }),
            FindingKind::kUseAfterFree);
}

TEST_F(HalfWordTest, TheWholeMayNot) {
  EXPECT_EQ(used_when_free([](half* object) { READ_ONCE(*reinterpret_cast<long*>(object)); }),
            FindingKind::kUseAfterFree);
}

TEST_F(HalfWordTest, APlainWriteToTheOtherHalfIsFoundByTheNextAllocation) {
  const auto found = used_when_free([&](half* object) {
    write_plainly(object->data, 1);
    kmem_cache_alloc(cache_, GFP_ATOMIC);
  });
  EXPECT_EQ(found, FindingKind::kUseAfterFree);
}

TEST_F(HalfWordTest, AFreeMayLeaveAnythingInTheOtherHalf) {
  const auto found = run({[&] {
    auto* const object = static_cast<half*>(kmem_cache_alloc(cache_, GFP_ATOMIC));
    object->data = 17;
    kmem_cache_free(cache_, object);
  }});
  EXPECT_EQ(found, kClean);
}

}  // namespace
}  // namespace revenant::kernel
