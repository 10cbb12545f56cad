#include "kernel/mutex.h"

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
};

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

TEST_F(MutexTest, AWrongUnlockSaysWhoHoldsIt) {
  run({[&] { mutex_unlock(&lock_); }});
  EXPECT_EQ(text(), "unlocks lock0, which it does not hold: nobody does");
  MutexTest::SetUp();
  run({[&] {
         mutex_lock(&lock_);
         go_to(kCpu1);
       },
       [&] { mutex_unlock(&lock_); }});
  EXPECT_EQ(text(), "unlocks lock0, which it does not hold: CPU 0 does");
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

#endif

}  // namespace
}  // namespace revenant::kernel
