#include "kernel/spinlock.h"

#include "kernel/rwsem.h"
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

// --- Who holds one may not sleep ---

class SleepUnderSpinlockTest : public SlabTest {
 protected:
  SleepUnderSpinlockTest() {
    mutex_init(&mutex_);
    init_rwsem(&sem_);
  }

  using SlabTest::begin;
  void begin(Choices& choices, const sim::Observers& observers) override {
    SlabTest::begin(choices, observers);
    spin_lock_init(&lock_);  // A run that a finding ended leaves it locked.
    machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&lock_),
                           .size_bytes = sizeof lock_,
                           .name = "lock",
                           .fields = std::span<const sim::Field>()});
  }

  std::optional<FindingKind> locked(const std::function<void()>& body) {
    return run({[&] {
      spin_lock(&lock_);
      body();
      spin_unlock(&lock_);
    }});
  }

  spinlock_t lock_{};
  mutex mutex_{};
  rw_semaphore sem_{};
};

TEST_F(SleepUnderSpinlockTest, WhateverMaySleepIsAFindingThere) {
  const std::function<void()> sleepers[] = {
      [] { might_sleep(); },
      [&] { mutex_lock(&mutex_); },
      [&] { down_read(&sem_); },
      [&] { down_write(&sem_); },
      [&] { kmem_cache_alloc(cache_, GFP_KERNEL); },
      [] { synchronize_rcu(); },
      [] { rcu_barrier(); },
  };
  for (const std::function<void()>& sleeper : sleepers) {
    begin(directed_);
    EXPECT_EQ(locked(sleeper), FindingKind::kSleepInAtomic);
    EXPECT_EQ(text(), "may sleep and holds the spinlock lock0");
  }
}

TEST_F(SleepUnderSpinlockTest, WhicheverOfItsLocksTheCpuTookLast) {
  for (const bool mutex_first : {true, false}) {
    begin(directed_);
    mutex_init(&mutex_);
    EXPECT_EQ(run({[&] {
                if (mutex_first) mutex_lock(&mutex_);
                spin_lock(&lock_);
                if (!mutex_first) EXPECT_TRUE(mutex_trylock(&mutex_));
                might_sleep();
              }}),
              FindingKind::kSleepInAtomic);
    EXPECT_EQ(text(), "may sleep and holds the spinlock lock0");
  }
}

TEST_F(SleepUnderSpinlockTest, WhatDoesNotSleepIsAllowed) {
  spinlock_t other{};
  spin_lock_init(&other);
  EXPECT_EQ(locked([&] {
              spin_lock(&other);
              spin_unlock(&other);
              EXPECT_TRUE(mutex_trylock(&mutex_));
              mutex_unlock(&mutex_);
              EXPECT_TRUE(down_read_trylock(&sem_));
              up_read(&sem_);
              free(alloc());
            }),
            kClean);
}

TEST_F(SleepUnderSpinlockTest, WhoLetGoMaySleepAgain) {
  EXPECT_EQ(run({[&] {
              mutex_lock(&mutex_);
              spin_lock(&lock_);
              spin_unlock(&lock_);
              synchronize_rcu();
              mutex_unlock(&mutex_);
            }}),
            kClean);
}

TEST_F(SleepUnderSpinlockTest, WhatAnotherCpuHoldsDoesNotMatter) {
  EXPECT_EQ(run({[&] {
                   spin_lock(&lock_);
                   go_to(kCpu1);
                   spin_unlock(&lock_);
                 },
                 [&] { mutex_lock(&mutex_), mutex_unlock(&mutex_); }}),
            kClean);
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
