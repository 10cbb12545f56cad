#include "kernel/spinlock.h"

#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

using SpinlockTest = KernelTest;

TEST_F(SpinlockTest, MayBeTakenAndWaitedForInsideAReadSideSection) {
  spinlock_t lock{};
  spin_lock_init(&lock);
  const auto body = [&](bool is_first) {
    return [&, is_first] {
      rcu_read_lock();
      spin_lock(&lock);
      if (is_first) go_to(kCpu1);
      spin_unlock(&lock);
      rcu_read_unlock();
    };
  };
  EXPECT_EQ(run({body(true), body(false)}), kClean);
}

// --- In an object that is freed while somebody waits for its lock ---

class SlabSpinlockTest : public SlabTest {
 protected:
  using SlabTest::begin;
  void begin(Choices& choices, const sim::Observers& observers) override {
    SlabTest::begin(choices, observers);
    cache_ = kmem_cache_create("locked", sizeof(spinlock_t), {.ctor = &construct_lock},
                               SLAB_TYPESAFE_BY_RCU);
  }
  static void construct_lock(void* object) { spin_lock_init(static_cast<spinlock_t*>(object)); }

  spinlock_t* shared_lock() { return reinterpret_cast<spinlock_t*>(shared()); }

  // CPU 0 holds the lock of an object when CPU 1 runs into it; then CPU 2 frees the object.
  std::optional<FindingKind> freed_while(const std::function<void()>& waiter) {
    return run({[&] {
                  share(alloc());
                  rcu_read_lock();
                  spin_lock(shared_lock());
                  go_to(kCpu1);
                  spin_unlock(shared_lock());
                  rcu_read_unlock();
                },
                waiter, [&] { free(shared()); }});
  }
};

TEST_F(SlabSpinlockTest, AReaderMayWaitForTheLockOfAnObjectThatIsFreed) {
  const auto found = freed_while([&] {
    rcu_read_lock();
    spin_lock(shared_lock());
    EXPECT_TRUE(slab().is_free(shared()));
    spin_unlock(shared_lock());
    rcu_read_unlock();
  });
  EXPECT_EQ(found, kClean) << text();
}

TEST_F(SlabSpinlockTest, WhoIsInNoSectionMayNot) {
  EXPECT_EQ(freed_while([&] { spin_lock(shared_lock()); }), FindingKind::kBadConstructorState);
  EXPECT_THAT(text(), testing::StartsWith("free with a sleeper on locked0#1"));
}

}  // namespace
}  // namespace revenant::kernel
