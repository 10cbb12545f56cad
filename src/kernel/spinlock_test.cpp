#include "kernel/spinlock.h"

#include "choice/random_choices.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class SpinlockTest : public KernelTest {
 protected:
  SpinlockTest() { spin_lock_init(&lock_); }

  void SetUp() override {
    KernelTest::SetUp();
    machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&lock_),
                           .size_bytes = sizeof lock_,
                           .name = "lock",
                           .fields = std::span<const sim::Field>()});
  }

  spinlock_t lock_{};
};

TEST_F(SpinlockTest, LetsOneCpuInAtATimeWhateverTheSchedule) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomChoices choices(seed);
    begin(choices);
    std::atomic<int> inside = 0;
    const auto body = [&] {
      spin_lock(&lock_);
      EXPECT_EQ(inside.fetch_add(1, std::memory_order_relaxed), 0);
      step();
      inside.fetch_sub(1, std::memory_order_relaxed);
      spin_unlock(&lock_);
    };
    ASSERT_EQ(run({body, body, body}), kClean);
  }
}

TEST_F(SpinlockTest, MayBeTakenAndWaitedForInsideAReadSideSection) {
  const auto body = [&](bool is_first) {
    return [&, is_first] {
      rcu_read_lock();
      spin_lock(&lock_);
      if (is_first) go_to(kCpu1);
      spin_unlock(&lock_);
      rcu_read_unlock();
    };
  };
  EXPECT_EQ(run({body(true), body(false)}), kClean);
}

TEST_F(SpinlockTest, UnlockOfAFreeOneIsAWrongUnlock) {
  EXPECT_EQ(run({[&] { spin_unlock(&lock_); }}), FindingKind::kWrongUnlock);
  EXPECT_EQ(text(), "unlocks lock0, which it does not hold: nobody does");
}

TEST_F(SpinlockTest, UnlockOfAnotherCpusIsAWrongUnlock) {
  const auto found = run({[&] {
                            spin_lock(&lock_);
                            go_to(kCpu1);
                          },
                          [&] { spin_unlock(&lock_); }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
}

TEST_F(SpinlockTest, LockingWhatOneHoldsIsADeadlock) {
  const auto found = run({[&] {
    spin_lock(&lock_);
    spin_lock(&lock_);
  }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(text(), "locks lock0, which it already holds");
}

#ifdef REVENANT_WITH_TSAN

TEST_F(SpinlockTest, WhatOneHolderWroteTheNextMayRead) {
  alignas(8) int data = 0;
  const auto body = [&] {
    spin_lock(&lock_);
    write_plainly(data, read_plainly(data) + 1);
    spin_unlock(&lock_);
  };
  EXPECT_EQ(run({body, body}), kClean);
  EXPECT_EQ(data, 2);
}

TEST_F(SpinlockTest, DifferentLocksOrderNothing) {
  spinlock_t other{};
  alignas(8) int data = 0;
  const auto with = [&](spinlock_t* lock) {
    return [&, lock] {
      spin_lock(lock);
      write_plainly(data, 1);
      spin_unlock(lock);
    };
  };
  EXPECT_EQ(run({with(&lock_), with(&other)}), FindingKind::kDataRace);
}

#endif

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
