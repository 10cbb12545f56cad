#include "kernel/mutex.h"

#include "choice/random_choices.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class MutexTest : public KernelTest {
 protected:
  MutexTest() { mutex_init(&lock_); }

  void SetUp() override {
    KernelTest::SetUp();
    machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&lock_),
                           .size_bytes = sizeof lock_,
                           .name = "lock",
                           .fields = std::span<const sim::Field>()});
  }

  mutex lock_{};
  Log log_;
};

TEST_F(MutexTest, LetsOneCpuInAtATimeWhateverTheSchedule) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomChoices choices(seed);
    begin(choices);
    std::atomic<int> inside = 0;
    const auto body = [&] {
      mutex_lock(&lock_);
      EXPECT_EQ(inside.fetch_add(1, std::memory_order_relaxed), 0);
      step();
      inside.fetch_sub(1, std::memory_order_relaxed);
      mutex_unlock(&lock_);
    };
    ASSERT_EQ(run({body, body, body}), kClean);
  }
}

TEST_F(MutexTest, WhoFindsItTakenSleepsUntilItIsReleased) {
  run({[&] {
         mutex_lock(&lock_);
         go_to(kCpu1);
         log_.add('0');
         mutex_unlock(&lock_);
       },
       [&] {
         mutex_lock(&lock_);
         log_.add('1');
         mutex_unlock(&lock_);
       }});
  EXPECT_EQ(log_.text(), "01");
}

TEST_F(MutexTest, AThirdCpuMayTakeItBeforeTheOneThatSleptForIt) {
  const auto take = [&](char name) {
    return [this, name] {
      mutex_lock(&lock_);
      log_.add(name);
      mutex_unlock(&lock_);
    };
  };
  run({[&] {
         mutex_lock(&lock_);
         go_to(kCpu1);
         mutex_unlock(&lock_);
         go_to(kCpu2);
       },
       take('1'), take('2')});
  EXPECT_EQ(log_.text(), "21");
}

TEST_F(MutexTest, TrylockTakesItOnlyIfItIsFree) {
  const auto found = run({[&] {
    EXPECT_TRUE(mutex_trylock(&lock_));
    EXPECT_FALSE(mutex_trylock(&lock_));
    mutex_unlock(&lock_);
    EXPECT_TRUE(mutex_trylock(&lock_));
    mutex_unlock(&lock_);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(MutexTest, IsLockedFromLockToUnlock) {
  run({[&] {
    EXPECT_FALSE(mutex_is_locked(&lock_));
    mutex_lock(&lock_);
    EXPECT_TRUE(mutex_is_locked(&lock_));
    mutex_unlock(&lock_);
    EXPECT_FALSE(mutex_is_locked(&lock_));
  }});
}

TEST_F(MutexTest, TheOwnersAreKnown) {
  run({[&] {
    EXPECT_FALSE(lock_owners().holds(kCpu0, &lock_));
    EXPECT_EQ(lock_owners().any_held(), nullptr);
    mutex_lock(&lock_);
    EXPECT_TRUE(lock_owners().holds(kCpu0, &lock_));
    EXPECT_FALSE(lock_owners().holds(kCpu1, &lock_));
    EXPECT_EQ(lock_owners().any_held(), &lock_);
    mutex_unlock(&lock_);
    EXPECT_EQ(lock_owners().any_held(), nullptr);
  }});
}

TEST_F(MutexTest, UnlockOfAFreeMutexIsAWrongUnlock) {
  EXPECT_EQ(run({[&] { mutex_unlock(&lock_); }}), FindingKind::kWrongUnlock);
  EXPECT_EQ(text(), "unlocks lock0, which it does not hold: nobody does");
}

TEST_F(MutexTest, UnlockOfAnotherCpusMutexIsAWrongUnlock) {
  const auto found = run({[&] {
                            mutex_lock(&lock_);
                            go_to(kCpu1);
                          },
                          [&] { mutex_unlock(&lock_); }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
  EXPECT_EQ(text(), "unlocks lock0, which it does not hold: CPU 0 does");
}

// The constructor of a recycled object must not run again: this is what it would do to a holder.
TEST_F(MutexTest, UnlockOfAMutexInitializedWhileHeldIsAWrongUnlock) {
  const auto found = run({[&] {
    mutex_lock(&lock_);
    mutex_init(&lock_);
    mutex_unlock(&lock_);
  }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
}

TEST_F(MutexTest, LockingWhatOneHoldsIsADeadlock) {
  const auto found = run({[&] {
    mutex_lock(&lock_);
    mutex_lock(&lock_);
  }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(text(), "locks lock0, which it already holds");
}

TEST_F(MutexTest, TwoMutexesInOppositeOrderCanDeadlock) {
  mutex other{};
  machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&other),
                         .size_bytes = sizeof other,
                         .name = "other",
                         .fields = std::span<const sim::Field>()});
  const auto found = run({[&] {
                            mutex_lock(&lock_);
                            go_to(kCpu1);
                            mutex_lock(&other);
                          },
                          [&] {
                            mutex_lock(&other);
                            mutex_lock(&lock_);
                          }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(text(), "CPU 0 waits for other0, CPU 1 waits for lock0");
}

TEST_F(MutexTest, LockInsideAReadSideSectionMaySleepThere) {
  const auto found = run({[&] {
    rcu_read_lock();
    mutex_lock(&lock_);
  }});
  EXPECT_EQ(found, FindingKind::kSleepInRcu);
  EXPECT_EQ(text(), "may sleep inside an RCU read-side section");
}

TEST_F(MutexTest, TrylockInsideAReadSideSectionIsAllowed) {
  const auto found = run({[&] {
    rcu_read_lock();
    EXPECT_TRUE(mutex_trylock(&lock_));
    mutex_unlock(&lock_);
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, kClean);
}

#ifdef REVENANT_WITH_TSAN

TEST_F(MutexTest, WhatOneHolderWroteTheNextMayRead) {
  alignas(8) int data = 0;
  const auto body = [&] {
    mutex_lock(&lock_);
    write_plainly(data, read_plainly(data) + 1);
    mutex_unlock(&lock_);
  };
  EXPECT_EQ(run({body, body}), kClean);
  EXPECT_EQ(data, 2);
}

TEST_F(MutexTest, TrylockThatTookItOrdersLikeLock) {
  alignas(8) int data = 0;
  const auto body = [&] {
    EXPECT_TRUE(mutex_trylock(&lock_));
    write_plainly(data, read_plainly(data) + 1);
    mutex_unlock(&lock_);
  };
  EXPECT_EQ(run({body, body}), kClean);
}

TEST_F(MutexTest, AFailedTrylockOrdersNothing) {
  alignas(8) int data = 0;
  const auto found = run({[&] {
                            mutex_lock(&lock_);
                            write_plainly(data, 1);
                            mutex_unlock(&lock_);
                            mutex_lock(&lock_);
                            go_to(kCpu1);
                            mutex_unlock(&lock_);
                          },
                          [&] {
                            EXPECT_FALSE(mutex_trylock(&lock_));
                            read_plainly(data);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(MutexTest, ALookThatFindsAMutexFreeIsOrderedAfterItsUnlock) {
  alignas(8) int data = 0;
  const auto found = run({[&] {
                            mutex_lock(&lock_);
                            write_plainly(data, 1);
                            mutex_unlock(&lock_);
                          },
                          [&] {
                            EXPECT_FALSE(mutex_is_locked(&lock_));
                            read_plainly(data);
                          }});
  EXPECT_EQ(found, std::nullopt);
}

TEST_F(MutexTest, DifferentMutexesOrderNothing) {
  mutex other{};
  alignas(8) int data = 0;
  const auto with = [&](mutex* lock) {
    return [&, lock] {
      mutex_lock(lock);
      write_plainly(data, 1);
      mutex_unlock(lock);
    };
  };
  EXPECT_EQ(run({with(&lock_), with(&other)}), FindingKind::kDataRace);
}

TEST_F(MutexTest, WhatAHolderWritesAfterItsUnlockIsNotOrdered) {
  alignas(8) int data = 0;
  const auto found = run({[&] {
                            mutex_lock(&lock_);
                            mutex_unlock(&lock_);
                            write_plainly(data, 1);
                          },
                          [&] {
                            mutex_lock(&lock_);
                            read_plainly(data);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

#endif

}  // namespace
}  // namespace revenant::kernel
