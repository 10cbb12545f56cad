// The slab on real threads: objects go from CPU to CPU, and its oracles neither miss nor invent.
#include "kernel/test_native_machine.h"

namespace revenant::kernel {
namespace {

struct thing {
  mutex lock;         // Constructor state: unlocked.
  atomic_t refcount;  // Constructor state: 0.
  long data;          // Poisoned when free.
};

class NativeSlabTest : public NativeKernelTest {
 protected:
  void begin() override {
    NativeKernelTest::begin();
    static constexpr std::array<sim::Field, 3> kFields{{
        {.name = "lock", .offset_bytes = offsetof(thing, lock), .size_bytes = 4},
        {.name = "refcount", .offset_bytes = offsetof(thing, refcount), .size_bytes = 4},
        {.name = "data", .offset_bytes = offsetof(thing, data), .size_bytes = 8},
    }};
    cache_ = kmem_cache_create("thing", sizeof(thing),
                               {.ctor = &construct, .fields = kFields, .refcount = "refcount"},
                               SLAB_TYPESAFE_BY_RCU);
  }

  static void construct(void* object) {
    auto* const fresh = static_cast<thing*>(object);
    mutex_init(&fresh->lock);
    fresh->refcount = ATOMIC_INIT(0);
  }

  thing* alloc() { return static_cast<thing*>(kmem_cache_alloc(cache_, GFP_ATOMIC)); }
  void free(thing* object) { kmem_cache_free(cache_, object); }

  kmem_cache* cache_ = nullptr;
};

TEST_F(NativeSlabTest, AnObjectHasOneOwnerAtATime) {
  const auto body = [&] {
    for (int i = 0; i < 200; ++i) {
      thing* const mine = alloc();
      write_plainly(mine->data, read_plainly(mine->data) + 1);
      free(mine);
    }
  };
  EXPECT_EQ(run({body, body, body}), kClean);
  EXPECT_EQ(run({[] { slab().report_left_over(Site::current()); }}), kClean);
}

// A stale reader locks, counts and looks at whatever is there, in its section: all of it is legal.
TEST_F(NativeSlabTest, AStaleReaderMayUseWhatTheConstructorSetUp) {
  for (int i = 0; i < kTries; ++i) {
    begin();
    std::atomic<thing*> shared = nullptr;
    ASSERT_EQ(run({[&] {
                     rcu_read_lock();
                     thing* const found = shared.load(std::memory_order_relaxed);
                     if (found != nullptr && mutex_trylock(&found->lock)) {
                       atomic_read(&found->refcount);
                       mutex_unlock(&found->lock);
                     }
                     if (found != nullptr && atomic_inc_not_zero(&found->refcount)) {
                       atomic_dec(&found->refcount);
                     }
                     rcu_read_unlock();
                   },
                   [&] {
                     for (int k = 0; k < 3; ++k) {
                       thing* const mine = alloc();
                       shared.store(mine, std::memory_order_relaxed);
                       mutex_lock(&mine->lock);
                       mutex_unlock(&mine->lock);
                       shared.store(nullptr, std::memory_order_relaxed);
                       free(mine);
                     }
                   }}),
              kClean)
        << text();
  }
}

TEST_F(NativeSlabTest, AnAccessOutsideOfSectionsToAFreedObjectIsAFinding) {
  std::atomic<thing*> shared = nullptr;
  Flag is_freed;
  EXPECT_EQ(run({[&] {
                   is_freed.wait();
                   atomic_read(&shared.load(std::memory_order_relaxed)->refcount);
                 },
                 [&] {
                   shared.store(alloc(), std::memory_order_relaxed);
                   free(shared.load(std::memory_order_relaxed));
                   is_freed.raise();
                 }}),
            FindingKind::kAccessOutsideRcu);
}

TEST_F(NativeSlabTest, WhoReliesOnARecycledObjectIsFound) {
  Flag is_recycled;
  std::atomic<thing*> shared = nullptr;
  Flag is_shared;
  Flag is_known;
  EXPECT_EQ(run({[&] {
                   is_shared.wait();
                   thing* const found = shared.load(std::memory_order_relaxed);
                   const Incarnation named = slab().incarnation_of(found);
                   is_known.raise();
                   is_recycled.wait();
                   slab().judge_identity(found, named, Site::current());
                 },
                 [&] {
                   shared.store(alloc(), std::memory_order_relaxed);
                   is_shared.raise();
                   is_known.wait();
                   free(shared.load(std::memory_order_relaxed));
                   EXPECT_EQ(alloc(), shared.load(std::memory_order_relaxed));
                   is_recycled.raise();
                 }}),
            FindingKind::kRecycledObject);
}

TEST_F(NativeSlabTest, FreeingUnderAHolderIsAFinding) {
  std::atomic<thing*> shared = nullptr;
  Flag is_shared;
  Flag is_locked;
  EXPECT_EQ(run({[&] {
                   is_shared.wait();
                   mutex_lock(&shared.load(std::memory_order_relaxed)->lock);
                   is_locked.raise();
                   for (;;) running().point(Site::current());
                 },
                 [&] {
                   shared.store(alloc(), std::memory_order_relaxed);
                   is_shared.raise();
                   is_locked.wait();
                   free(shared.load(std::memory_order_relaxed));
                 }}),
            FindingKind::kFreeWhileLocked);
}

// The step in whose row of a timeline the primitive stands.
std::string step_of(const sim::Trace& trace, sim::Primitive what) {
  const auto found = std::ranges::find(trace.events(), what, &sim::Event::what);
  return found == trace.events().end() ? "no step" : " at step " + std::to_string(found->step);
}

TEST_F(NativeSlabTest, AFindingNamesTheStepsOfTheTrace) {
  sim::Trace trace;
  observers_.trace = &trace;
  begin();
  EXPECT_EQ(run({[&] {
              thing* const object = alloc();
              rcu_read_lock();
              rcu_read_unlock();
              free(object);
              free(object);
            }}),
            FindingKind::kDoubleFree);
  EXPECT_NE(text().find(step_of(trace, sim::Primitive::kKmemCacheAlloc)), std::string::npos)
      << text();
  EXPECT_NE(text().find(step_of(trace, sim::Primitive::kKmemCacheFree)), std::string::npos)
      << text();
  EXPECT_TRUE(std::ranges::is_sorted(trace.events(), {}, &sim::Event::step));
}

}  // namespace
}  // namespace revenant::kernel
