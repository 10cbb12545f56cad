// Callbacks of call_rcu and the objects that their heads lie in.
#include "kernel/spinlock.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

struct item {
  long data;
  rcu_head head;  // Not at the start, where its address would be the object's.
};

class CallbackTest : public KernelTest {
 protected:
  using KernelTest::begin;
  void begin(Choices& choices, const sim::Observers& observers) override {
    KernelTest::begin(choices, observers);
    cache_ = kmem_cache_create("item", sizeof(item), {}, 0);
  }

  static item* alloc() { return static_cast<item*>(kmem_cache_alloc(cache_, GFP_ATOMIC)); }
  static void free(item* object) { kmem_cache_free(cache_, object); }
  static void free_item(rcu_head* head) {
    free(reinterpret_cast<item*>(reinterpret_cast<char*>(head) - offsetof(item, head)));
  }

  static inline kmem_cache* cache_ = nullptr;
  static inline spinlock_t lock_{};
};

TEST_F(CallbackTest, MayFreeTheObjectOfItsHead) {
  EXPECT_EQ(run({[] { call_rcu(&alloc()->head, &free_item); }}), kClean) << text();
}

TEST_F(CallbackTest, ToQueueOneIsAnEffectOfTheOp) {
  rcu_head head;
  std::uint32_t effects = 0;
  run({[&] {
    const std::uint32_t before = machine_.effects();
    call_rcu(&head, [](rcu_head*) {});
    effects = machine_.effects() - before;
  }});
  EXPECT_EQ(effects, 1U);
}

TEST_F(CallbackTest, NobodyMayFreeAnObjectWhoseHeadIsQueued) {
  EXPECT_EQ(run({[] {
              item* const object = alloc();
              call_rcu(&object->head, &free_item);
              free(object);
            }}),
            FindingKind::kDoubleFree);
  EXPECT_NE(text().find("free before the callback that call_rcu queued in item0#1"),
            std::string::npos)
      << text();
}

TEST_F(CallbackTest, AHeadInAFreedObjectMayNotBeQueued) {
  EXPECT_EQ(run({[] {
              item* const object = alloc();
              free(object);
              call_rcu(&object->head, &free_item);
            }}),
            FindingKind::kUseAfterFree);
}

TEST_F(CallbackTest, EndsWithoutALock) {
  lock_ = {};
  static rcu_head head;
  EXPECT_EQ(run({[] { call_rcu(&head, [](rcu_head*) { spin_lock(&lock_); }); }}),
            FindingKind::kBugOn);
  EXPECT_NE(text().find("RCU callback ends with "), std::string::npos) << text();
}

TEST_F(CallbackTest, EndsOutsideOfSections) {
  static rcu_head head;
  EXPECT_EQ(run({[] { call_rcu(&head, [](rcu_head*) { rcu_read_lock(); }); }}),
            FindingKind::kBugOn);
  EXPECT_EQ(text(), "RCU callback ends inside an RCU read-side section");
}

// --- What there is no room for is a finding too: code under test must not stop the harness. ---

TEST_F(CallbackTest, MoreGracePeriodsThanThereIsRoomForAreALivelock) {
  static std::array<rcu_head, 1000> heads;
  EXPECT_EQ(run({[] {
              rcu_read_lock();
              for (rcu_head& head : heads) call_rcu(&head, [](rcu_head*) {});
            }}),
            FindingKind::kLivelock);
}

TEST_F(CallbackTest, MoreObjectsThanThereIsRoomForAreALeak) {
  EXPECT_EQ(run({[] {
              for (;;) alloc();
            }}),
            FindingKind::kLeak);
}

TEST_F(CallbackTest, MoreLocksThanThereIsRoomForAreABug) {
  static std::array<spinlock_t, 100> locks;
  locks.fill({});
  EXPECT_EQ(run({[] {
              for (spinlock_t& lock : locks) spin_lock(&lock);
            }}),
            FindingKind::kBugOn);
}

}  // namespace
}  // namespace revenant::kernel
