// What the primitives show with weak memory, and what they must not: each shape with its order and
// without, over many random runs.
#include "kernel/weak_memory.h"

#include <functional>
#include <set>

#include "choice/random_choices.h"
#include "kernel/rwsem.h"
#include "kernel/spinlock.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

using Bodies = std::vector<std::function<void()>>;

class WeakMemoryTest : public SlabTest {
 protected:
  // The outcomes, as `outcome()` gives them, of many runs; `reset()` comes before each. A run ends
  // clean or with `also`, which is no outcome.
  std::set<int> outcomes(const std::function<void()>& reset, const Bodies& bodies,
                         const std::function<int()>& outcome,
                         std::optional<FindingKind> also = kClean) {
    std::set<int> all;
    for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
      RandomChoices choices(seed);
      begin(choices);
      begin_memory(model_);
      reset();
      const std::optional<FindingKind> found = run(bodies);
      if (found) {
        EXPECT_EQ(found, also) << text();
        continue;
      }
      all.insert(outcome());
    }
    return all;
  }
  void TearDown() override { begin_memory(MemoryModel::kSc); }

  static constexpr std::uint64_t kRuns = 4000;
  MemoryModel model_ = MemoryModel::kWeak;
  int x_ = 0;
  int y_ = 0;
  int a_ = 0;
  int b_ = 0;
  std::function<void()> zero_ = [this] { x_ = y_ = a_ = b_ = 0; };
  std::function<void()> reads_y_and_x_ = [this] {
    rcu_read_lock();
    a_ = READ_ONCE(y_);
    b_ = READ_ONCE(x_);
    rcu_read_unlock();
  };
  std::function<int()> a_and_b_ = [this] { return 10 * a_ + b_; };
};

TEST_F(WeakMemoryTest, MessagePassingNeedsBothBarriers) {
  const auto passes = [&](bool orders_stores, bool orders_loads) {
    return outcomes(zero_,
                    {[&] {
                       WRITE_ONCE(x_, 1);
                       if (orders_stores) smp_wmb();
                       WRITE_ONCE(y_, 1);
                     },
                     [&] {
                       a_ = READ_ONCE(y_);
                       if (orders_loads) smp_rmb();
                       b_ = READ_ONCE(x_);
                     }},
                    a_and_b_);
  };
  EXPECT_THAT(passes(true, true), testing::ElementsAre(0, 1, 11));
  EXPECT_THAT(passes(true, false), testing::ElementsAre(0, 1, 10, 11));
  EXPECT_THAT(passes(false, true), testing::ElementsAre(0, 1, 10, 11));
  model_ = MemoryModel::kSc;
  EXPECT_THAT(passes(false, false), testing::ElementsAre(0, 1, 11));
}

TEST_F(WeakMemoryTest, AcquireOfWhatWasReleasedPassesMessages) {
  EXPECT_THAT(outcomes(zero_,
                       {[&] {
                          WRITE_ONCE(x_, 1);
                          smp_store_release(&y_, 1);
                        },
                        [&] {
                          a_ = smp_load_acquire(&y_);
                          b_ = READ_ONCE(x_);
                        }},
                       a_and_b_),
              testing::ElementsAre(0, 1, 11));
}

TEST_F(WeakMemoryTest, StoresAreBufferedUnlessAFullBarrierSaysOtherwise) {
  const auto buffers = [&](bool is_ordered) {
    return outcomes(zero_,
                    {[&] {
                       WRITE_ONCE(x_, 1);
                       if (is_ordered) smp_mb();
                       a_ = READ_ONCE(y_);
                     },
                     [&] {
                       WRITE_ONCE(y_, 1);
                       if (is_ordered) smp_mb();
                       b_ = READ_ONCE(x_);
                     }},
                    a_and_b_);
  };
  EXPECT_THAT(buffers(true), testing::ElementsAre(1, 10, 11));
  EXPECT_THAT(buffers(false), testing::ElementsAre(0, 1, 10, 11));
}

TEST_F(WeakMemoryTest, AStoreMayLandBelowANewerOne) {
  EXPECT_THAT(outcomes(zero_,
                       {[&] {
                          WRITE_ONCE(x_, 1);
                          WRITE_ONCE(y_, 2);
                        },
                        [&] {
                          WRITE_ONCE(y_, 1);
                          WRITE_ONCE(x_, 2);
                        }},
                       [&] { return 10 * x_ + y_; }),
              testing::ElementsAre(11, 12, 21, 22));
}

TEST_F(WeakMemoryTest, AnUpdateIsAFullBarrierUnlessItFailed) {
  atomic_t count{};
  const auto buffers = [&](int initial) {
    return outcomes(
        [&] {
          zero_();
          count = ATOMIC_INIT(initial);
        },
        {[&] {
           WRITE_ONCE(x_, 1);
           atomic_inc_not_zero(&count);
           a_ = READ_ONCE(y_);
         },
         [&] {
           WRITE_ONCE(y_, 1);
           smp_mb();
           b_ = READ_ONCE(x_);
         }},
        a_and_b_);
  };
  EXPECT_TRUE(buffers(0).contains(0));
  EXPECT_FALSE(buffers(1).contains(0));
}

TEST_F(WeakMemoryTest, UpdatesAreNeverLost) {
  atomic_t count{};
  const auto add = [&] {
    atomic_inc(&count);
    atomic_inc_return_relaxed(&count);
  };
  EXPECT_THAT(
      outcomes([&] { count = ATOMIC_INIT(0); }, {add, add, add}, [&] { return count.counter; }),
      testing::ElementsAre(6));
}

// --- Locks ---

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

// --- RCU, dependencies, recycling ---

TEST_F(WeakMemoryTest, AReaderSeesWhatCameBeforeAGracePeriodOrEndsBeforeIt) {
  EXPECT_THAT(outcomes(zero_,
                       {reads_y_and_x_,
                        [&] {
                          WRITE_ONCE(x_, 1);
                          synchronize_rcu();
                          WRITE_ONCE(y_, 1);
                        }},
                       a_and_b_),
              testing::ElementsAre(0, 1, 11));
}

TEST_F(WeakMemoryTest, AfterAGracePeriodOneSeesWhatItsReadersDid) {
  EXPECT_FALSE(outcomes(zero_,
                        {[&] {
                           rcu_read_lock();
                           WRITE_ONCE(x_, 1);
                           a_ = READ_ONCE(y_);
                           rcu_read_unlock();
                         },
                         [&] {
                           WRITE_ONCE(y_, 1);
                           synchronize_rcu();
                           b_ = READ_ONCE(x_);
                         }},
                        a_and_b_)
                   .contains(0));
}

TEST_F(WeakMemoryTest, ACallbackIsAGracePeriodToo) {
  struct Call {
    rcu_head head;
    int* y;
  };
  Call call{};
  EXPECT_THAT(outcomes(
                  [&] {
                    zero_();
                    call = {.head = {}, .y = &y_};
                  },
                  {reads_y_and_x_,
                   [&] {
                     WRITE_ONCE(x_, 1);
                     call_rcu(&call.head, [](rcu_head* head) {
                       WRITE_ONCE(*reinterpret_cast<Call*>(head)->y, 1);
                     });
                   }},
                  a_and_b_),
              testing::ElementsAre(0, 1, 11));
}

TEST_F(WeakMemoryTest, APointerOrdersWhatDependsOnItButNotOnAlpha) {
  thing* published = nullptr;
  thing* object = nullptr;
  const auto publishes = [&](MemoryModel model) {
    model_ = model;
    return outcomes(
        [&] {
          zero_();
          published = object = nullptr;
        },
        {[&] {
           object = alloc();
           WRITE_ONCE(object->first_child, object);
           rcu_assign_pointer(published, object);
         },
         [&] {
           const thing* const found = rcu_dereference(published);
           if (found == nullptr) return;
           a_ = 1;
           b_ = READ_ONCE(found->first_child) != nullptr ? 1 : 0;
         }},
        [&] {
          begin_memory(MemoryModel::kSc);
          return 10 * a_ + b_;
        });
  };
  EXPECT_THAT(publishes(MemoryModel::kWeak), testing::ElementsAre(0, 11));
  EXPECT_THAT(publishes(MemoryModel::kAlpha), testing::ElementsAre(0, 10, 11));
}

// Q4d: a count of the new life, and a field of the one before.
TEST_F(WeakMemoryTest, AnOldPointerMayReadTheFormerLifeUnlessTheCountPublishesTheNewOne) {
  const auto is_in_second_life = [](const thing* object) {
    return object != nullptr && slab().life_at(reinterpret_cast<std::uintptr_t>(object)) == 2;
  };
  const auto recycles = [&](void (*set)(atomic_t*, int, Site)) {
    return outcomes(
        [&] {
          zero_();
          share(nullptr);
        },
        {[&] {
           thing* const first = alloc();
           WRITE_ONCE(first->hint, 1);
           share(first);
           free(first);
           thing* const again = alloc();
           if (again != first) return;
           WRITE_ONCE(again->hint, 2);
           set(&again->refcount, 1, Site::current());
         },
         [&] {
           rcu_read_lock();
           if (is_in_second_life(shared()) && atomic_inc_not_zero(&shared()->refcount)) {
             a_ = static_cast<int>(READ_ONCE(shared()->hint));
           }
           rcu_read_unlock();
         }},
        [&] { return a_; }, FindingKind::kUseAfterFree);  // Nothing of either life: poison.
  };
  EXPECT_TRUE(recycles(&atomic_set).contains(1));
  EXPECT_FALSE(recycles(&atomic_set_release).contains(1));
}

// --- The edges of the machine ---

#ifndef REVENANT_WITH_TSAN  // It is a race.
TEST_F(WeakMemoryTest, WhatPlainCodeStoresEverybodyKnows) {
  EXPECT_THAT(outcomes(zero_,
                       {[&] {
                          WRITE_ONCE(x_, 1);
                          x_ = 2;
                          WRITE_ONCE(y_, 1);
                        },
                        [&] {
                          a_ = READ_ONCE(y_);
                          b_ = READ_ONCE(x_);
                        }},
                       [&] { return a_ == 1 ? b_ : 2; }),
              testing::ElementsAre(2));
}
#endif

TEST_F(WeakMemoryTest, WithoutRoomForAnotherWordAnAccessIsAFence) {
  std::array<long, 400> many{};
  EXPECT_THAT(outcomes(zero_,
                       {[&] {
                          for (long& word : many) WRITE_ONCE(word, 1L);
                          WRITE_ONCE(x_, 1);
                          WRITE_ONCE(y_, 1);
                        },
                        [&] {
                          a_ = READ_ONCE(y_);
                          b_ = READ_ONCE(x_);
                        }},
                       [&] { return a_ == 1 && b_ == 0 ? 1 : 0; }),
              testing::ElementsAre(0));
}

TEST_F(WeakMemoryTest, ByDefaultEveryAccessHasTheNewestValue) {
  class Newest final : public Choices {
   public:
    CpuId next_cpu(const RunQuestion& question) override {
      return cyclic_cpu(question.at.cpu, question.runnable, 1);
    }
    std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }
  } newest;
  begin(newest);
  begin_memory(MemoryModel::kWeak);
  EXPECT_EQ(run({[&] {
                   WRITE_ONCE(x_, 1);
                   WRITE_ONCE(y_, 1);
                 },
                 [&] {
                   a_ = READ_ONCE(y_);
                   b_ = READ_ONCE(x_);
                 }}),
            kClean);
  EXPECT_GE(b_, a_);
}

}  // namespace
}  // namespace revenant::kernel
