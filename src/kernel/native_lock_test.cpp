// Locks and atomics on real threads.
#include <utility>

#include "kernel/barrier.h"
#include "kernel/bug.h"
#include "kernel/test_native_machine.h"

namespace revenant::kernel {
namespace {

using NativeLockTest = NativeKernelTest;

constexpr int kRounds = 300;

TEST_F(NativeLockTest, AMutexExcludesAndOrders) {
  mutex lock{};
  int count = 0;
  const auto body = [&] {
    for (int i = 0; i < kRounds; ++i) {
      mutex_lock(&lock);
      ++count;
      mutex_unlock(&lock);
    }
  };
  EXPECT_EQ(run({body, body, body}), kClean);
  EXPECT_EQ(count, 3 * kRounds);
}

TEST_F(NativeLockTest, ASpinlockExcludesAndOrders) {
  spinlock_t lock{};
  int count = 0;
  const auto body = [&] {
    for (int i = 0; i < kRounds; ++i) {
      spin_lock(&lock);
      ++count;
      spin_unlock(&lock);
    }
  };
  EXPECT_EQ(run({body, body, body}), kClean);
  EXPECT_EQ(count, 3 * kRounds);
}

TEST_F(NativeLockTest, SleepingUnderASpinlockIsAFinding) {
  spinlock_t lock{};
  EXPECT_EQ(run({[&] {
              spin_lock(&lock);
              might_sleep();
            }}),
            FindingKind::kSleepInAtomic);
}

TEST_F(NativeLockTest, ATrylockExcludesAndOrders) {
  mutex lock{};
  int count = 0;
  std::atomic<int> taken = 0;
  const auto body = [&] {
    for (int i = 0; i < kRounds; ++i) {
      if (!mutex_trylock(&lock)) continue;
      taken.fetch_add(1, std::memory_order_relaxed);
      ++count;
      mutex_unlock(&lock);
    }
  };
  EXPECT_EQ(run({body, body, body}), kClean);
  EXPECT_EQ(count, taken);
}

TEST_F(NativeLockTest, ASemaphoreExcludesWritersAndOrdersThemWithReaders) {
  rw_semaphore sem{};
  int count = 0;
  const auto write = [&] {
    for (int i = 0; i < kRounds; ++i) {
      down_write(&sem);
      ++count;
      up_write(&sem);
    }
  };
  const auto read = [&] {
    for (int i = 0; i < kRounds; ++i) {
      down_read(&sem);
      read_plainly(count);
      up_read(&sem);
    }
  };
  EXPECT_EQ(run({write, write, read, read}), kClean);
  EXPECT_EQ(count, 2 * kRounds);
}

TEST_F(NativeLockTest, ReadersHoldASemaphoreTogether) {
  rw_semaphore sem{};
  Flag first;
  Flag second;
  const auto meet = [&](Flag& mine, const Flag& other) {
    down_read(&sem);
    mine.raise();
    other.wait();
    up_read(&sem);
  };
  EXPECT_EQ(run({[&] { meet(first, second); }, [&] { meet(second, first); }}), kClean);
}

TEST_F(NativeLockTest, CpusThatWaitForEachOtherAreADeadlock) {
  mutex a{};
  mutex b{};
  Flag has_a;
  Flag has_b;
  machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&a),
                         .size_bytes = sizeof a,
                         .name = "a",
                         .fields = std::span<const sim::Field>()});
  machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&b),
                         .size_bytes = sizeof b,
                         .name = "b",
                         .fields = std::span<const sim::Field>()});
  EXPECT_EQ(run({[&] {
                   mutex_lock(&a);
                   has_a.raise();
                   has_b.wait();
                   mutex_lock(&b);
                 },
                 [&] {
                   mutex_lock(&b);
                   has_b.raise();
                   has_a.wait();
                   mutex_lock(&a);
                 }}),
            FindingKind::kDeadlock);
  EXPECT_EQ(text(), "CPU 0 waits for b0, CPU 1 waits for a0");
}

TEST_F(NativeLockTest, ALockThatAnUnwoundCpuHeldIsFreeInTheNextRun) {
  mutex lock{};
  run({[&] {
    mutex_lock(&lock);
    raise(FindingKind::kBugOn);
  }});
  begin();
  mutex_init(&lock);
  EXPECT_EQ(run({[&] {
              mutex_lock(&lock);
              mutex_unlock(&lock);
            }}),
            kClean);
}

TEST_F(NativeLockTest, UnlockingWhatAnotherHoldsIsAFinding) {
  mutex lock{};
  Flag is_locked;
  EXPECT_EQ(run({[&] {
                   mutex_lock(&lock);
                   is_locked.raise();
                   for (;;) running().point(Site::current());
                 },
                 [&] {
                   is_locked.wait();
                   mutex_unlock(&lock);
                 }}),
            FindingKind::kWrongUnlock);
}

// Another CPU comes between the look at the word and the exchange, here within the look itself.
TEST_F(NativeLockTest, AnExchangeThatIsNoLongerWantedFails) {
  int word = 1;
  int old_value = -1;
  bool done = true;
  EXPECT_EQ(run({[&] {
              const auto unless_zero = [&word, is_first = true](int current, int* value) mutable {
                if (std::exchange(is_first, false)) word = 0;
                *value = current + 1;
                return current != 0;
              };
              done = detail::alter<Order::kFull>(sim::Primitive::kAtomicIncNotZero, &word,
                                                 unless_zero, &old_value, Site::current());
            }}),
            kClean);
  EXPECT_FALSE(done);
  EXPECT_EQ(word, 0);
  EXPECT_EQ(old_value, 0);
}

TEST_F(NativeLockTest, EveryIncrementCounts) {
  atomic_t count = ATOMIC_INIT(0);
  const auto body = [&] {
    for (int i = 0; i < kRounds; ++i) atomic_inc(&count);
  };
  EXPECT_EQ(run({body, body, body}), kClean);
  EXPECT_EQ(count.counter, 3 * kRounds);
}

TEST_F(NativeLockTest, AWriteBarrierPublishesWhatAReadBarrierFinds) {
  for (int i = 0; i < kTries; ++i) {
    begin();
    int data = 0;
    int is_ready = 0;
    ASSERT_EQ(run({[&] {
                     write_plainly(data, 1);
                     smp_wmb();
                     WRITE_ONCE(is_ready, 1);
                   },
                   [&] {
                     if (READ_ONCE(is_ready) == 0) return;
                     smp_rmb();
                     EXPECT_EQ(read_plainly(data), 1);
                   }}),
              kClean);
  }
}

}  // namespace
}  // namespace revenant::kernel
