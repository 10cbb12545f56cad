// What holds for every lock that lets one CPU in: mutex, spinlock, and the write side of an rwsem.
#include "choice/random_choices.h"
#include "kernel/rwsem.h"
#include "kernel/spinlock.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

struct Mutex {
  using Lock = mutex;
  static void init(Lock* lock) { mutex_init(lock); }
  static void lock(Lock* lock) { mutex_lock(lock); }
  static void unlock(Lock* lock) { mutex_unlock(lock); }
};

struct Spinlock {
  using Lock = spinlock_t;
  static void init(Lock* lock) { spin_lock_init(lock); }
  static void lock(Lock* lock) { spin_lock(lock); }
  static void unlock(Lock* lock) { spin_unlock(lock); }
};

struct WriteSide {
  using Lock = rw_semaphore;
  static void init(Lock* lock) { init_rwsem(lock); }
  static void lock(Lock* lock) { down_write(lock); }
  static void unlock(Lock* lock) { up_write(lock); }
};

template <class Kind>
class ExclusiveLockTest : public KernelTest {
 protected:
  using Lock = typename Kind::Lock;

  ExclusiveLockTest() {
    Kind::init(&lock_);
    Kind::init(&other_);
  }

  void SetUp() override {
    KernelTest::SetUp();
    name(lock_, "lock");
    name(other_, "other");
  }

  static void take(Lock& lock) { Kind::lock(&lock); }
  static void release(Lock& lock) { Kind::unlock(&lock); }

  Lock lock_{};
  Lock other_{};
  Log log_;

 private:
  void name(const Lock& lock, std::string_view name) {
    machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&lock),
                           .size_bytes = sizeof lock,
                           .name = name,
                           .fields = std::span<const sim::Field>()});
  }
};

using Kinds = testing::Types<Mutex, Spinlock, WriteSide>;
TYPED_TEST_SUITE(ExclusiveLockTest, Kinds);

TYPED_TEST(ExclusiveLockTest, LetsOneCpuInAtATimeWhateverTheSchedule) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomChoices choices(seed);
    this->begin(choices);
    std::atomic<int> inside = 0;
    const auto body = [&] {
      this->take(this->lock_);
      EXPECT_EQ(inside.fetch_add(1, std::memory_order_relaxed), 0);
      this->step();
      inside.fetch_sub(1, std::memory_order_relaxed);
      this->release(this->lock_);
    };
    ASSERT_EQ(this->run({body, body, body}), kClean);
  }
}

TYPED_TEST(ExclusiveLockTest, WhoFindsItTakenWaitsUntilItIsReleased) {
  this->run({[&] {
               this->take(this->lock_);
               this->go_to(kCpu1);
               this->log_.add('0');
               this->release(this->lock_);
             },
             [&] {
               this->take(this->lock_);
               this->log_.add('1');
               this->release(this->lock_);
             }});
  EXPECT_EQ(this->log_.text(), "01");
}

TYPED_TEST(ExclusiveLockTest, AThirdCpuMayTakeItBeforeTheOneThatWaitedForIt) {
  const auto take = [&](char name) {
    return [this, name] {
      this->take(this->lock_);
      this->log_.add(name);
      this->release(this->lock_);
    };
  };
  this->run({[&] {
               this->take(this->lock_);
               this->go_to(kCpu1);
               this->release(this->lock_);
               this->go_to(kCpu2);
             },
             take('1'), take('2')});
  EXPECT_EQ(this->log_.text(), "21");
}

TYPED_TEST(ExclusiveLockTest, UnlockOfAFreeOneIsAWrongUnlock) {
  EXPECT_EQ(this->run({[&] { this->release(this->lock_); }}), FindingKind::kWrongUnlock);
  EXPECT_THAT(this->text(), testing::StartsWith("unlocks lock0, which it does not hold"));
}

TYPED_TEST(ExclusiveLockTest, UnlockOfAnotherCpusIsAWrongUnlock) {
  const auto found = this->run({[&] {
                                  this->take(this->lock_);
                                  this->go_to(kCpu1);
                                },
                                [&] { this->release(this->lock_); }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
  EXPECT_THAT(this->text(), testing::StartsWith("unlocks lock0, which it does not hold"));
}

// The constructor of a recycled object must not run again: this is what it would do to a holder.
TYPED_TEST(ExclusiveLockTest, UnlockOfOneInitializedWhileHeldIsAWrongUnlock) {
  const auto found = this->run({[&] {
    this->take(this->lock_);
    TypeParam::init(&this->lock_);
    this->release(this->lock_);
  }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
}

TYPED_TEST(ExclusiveLockTest, TakingWhatOneHoldsIsADeadlock) {
  const auto found = this->run({[&] {
    this->take(this->lock_);
    this->take(this->lock_);
  }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_THAT(this->text(), testing::EndsWith("lock0, which it already holds"));
}

TYPED_TEST(ExclusiveLockTest, TwoInOppositeOrderCanDeadlock) {
  const auto found = this->run({[&] {
                                  this->take(this->lock_);
                                  this->go_to(kCpu1);
                                  this->take(this->other_);
                                },
                                [&] {
                                  this->take(this->other_);
                                  this->take(this->lock_);
                                }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(this->text(), "CPU 0 waits for other0, CPU 1 waits for lock0");
}

#ifdef REVENANT_WITH_TSAN

TYPED_TEST(ExclusiveLockTest, WhatOneHolderWroteTheNextMayRead) {
  alignas(8) int data = 0;
  const auto body = [&] {
    this->take(this->lock_);
    write_plainly(data, read_plainly(data) + 1);
    this->release(this->lock_);
  };
  EXPECT_EQ(this->run({body, body}), kClean);
  EXPECT_EQ(data, 2);
}

TYPED_TEST(ExclusiveLockTest, DifferentLocksOrderNothing) {
  alignas(8) int data = 0;
  const auto with = [&](auto& lock) {
    return [&] {
      this->take(lock);
      write_plainly(data, 1);
      this->release(lock);
    };
  };
  EXPECT_EQ(this->run({with(this->lock_), with(this->other_)}), FindingKind::kDataRace);
}

TYPED_TEST(ExclusiveLockTest, WhatAHolderWritesAfterItsUnlockIsNotOrdered) {
  alignas(8) int data = 0;
  const auto found = this->run({[&] {
                                  this->take(this->lock_);
                                  this->release(this->lock_);
                                  write_plainly(data, 1);
                                },
                                [&] {
                                  this->take(this->lock_);
                                  read_plainly(data);
                                }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

#endif

}  // namespace
}  // namespace revenant::kernel
