// What locks order with weak memory, and what they do not.
#include "kernel/rwsem.h"
#include "kernel/spinlock.h"
#include "kernel/test_weak_memory.h"

namespace revenant::kernel {
namespace {

template <class Lock>
struct Uses;
template <>
struct Uses<mutex> {
  static void init(mutex* lock) { mutex_init(lock); }
  static void lock(mutex* lock) { mutex_lock(lock); }
  static void unlock(mutex* lock) { mutex_unlock(lock); }
};
template <>
struct Uses<spinlock_t> {
  static void init(spinlock_t* lock) { spin_lock_init(lock); }
  static void lock(spinlock_t* lock) { spin_lock(lock); }
  static void unlock(spinlock_t* lock) { spin_unlock(lock); }
};
template <>
struct Uses<rw_semaphore> {
  static void init(rw_semaphore* lock) { init_rwsem(lock); }
  static void lock(rw_semaphore* lock) { down_write(lock); }
  static void unlock(rw_semaphore* lock) { up_write(lock); }
};

template <class Lock>
class WeakLockTest : public WeakMemoryTest {};
using Locks = testing::Types<mutex, spinlock_t, rw_semaphore>;
TYPED_TEST_SUITE(WeakLockTest, Locks);

TYPED_TEST(WeakLockTest, WhatOneHolderStoredTheNextSees) {
  TypeParam lock{};
  const auto add = [&] {
    Uses<TypeParam>::lock(&lock);
    WRITE_ONCE(this->x_, READ_ONCE(this->x_) + 1);
    Uses<TypeParam>::unlock(&lock);
  };
  EXPECT_THAT(this->outcomes(
                  [&] {
                    this->zero_();
                    Uses<TypeParam>::init(&lock);
                  },
                  {add, add, add}, [&] { return this->x_; }),
              testing::ElementsAre(3));
}

TYPED_TEST(WeakLockTest, LockAndUnlockOrderNothingForAnObserver) {
  TypeParam lock{};
  EXPECT_TRUE(this->outcomes(
                      [&] {
                        this->zero_();
                        Uses<TypeParam>::init(&lock);
                      },
                      {[&] {
                         WRITE_ONCE(this->x_, 1);
                         Uses<TypeParam>::lock(&lock);
                         Uses<TypeParam>::unlock(&lock);
                         WRITE_ONCE(this->y_, 1);
                       },
                       [&] {
                         this->a_ = READ_ONCE(this->y_);
                         smp_rmb();
                         this->b_ = READ_ONCE(this->x_);
                       }},
                      this->a_and_b_)
                  .contains(10));
}

// M7: who only looks at a lock may see it free though a reader has it, and has seen the count.
TEST_F(WeakMemoryTest, ALookAtALockMayBeOutOfDate) {
  rw_semaphore lock{};
  atomic_t count{};
  const auto looks = [&](bool has_barrier) {
    return outcomes(
        [&] {
          zero_();
          init_rwsem(&lock);
          count = ATOMIC_INIT(1);
        },
        {[&] {
           if (!down_read_trylock(&lock)) return;
           if (has_barrier) smp_mb();
           a_ = atomic_read(&count);
         },
         [&] {
           atomic_dec_and_test(&count);
           b_ = rwsem_is_locked(&lock) ? 0 : 1;
         }},
        [&] {
          lock = {};
          lock_owners().begin_run();
          return 10 * a_ + b_;
        });
  };
  EXPECT_TRUE(looks(false).contains(11));
  EXPECT_FALSE(looks(true).contains(11));
}

TEST_F(WeakMemoryTest, ARelaxedTrylockOrdersNothing) {
  rw_semaphore lock{};
  const auto takes = [&](bool (*trylock)(rw_semaphore*, Site), bool has_barrier) {
    return outcomes(
        [&] {
          zero_();
          init_rwsem(&lock);
        },
        {[&] {
           down_write(&lock);
           WRITE_ONCE(x_, 1);
           WRITE_ONCE(y_, 1);
           up_write(&lock);
         },
         [&] {
           if (!trylock(&lock, Site::current())) return;
           if (has_barrier) smp_rmb();
           a_ = READ_ONCE(x_);
           b_ = READ_ONCE(y_);
           up_read(&lock);
         }},
        a_and_b_);
  };
  EXPECT_TRUE(takes(&down_read_trylock_relaxed, false).contains(10));
  EXPECT_FALSE(takes(&down_read_trylock_relaxed, true).contains(10));
  EXPECT_FALSE(takes(&down_read_trylock, false).contains(10));
}

}  // namespace
}  // namespace revenant::kernel
