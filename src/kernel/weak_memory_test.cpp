// What loads, stores, updates and barriers show with weak memory, and what they must not: each
// shape with its order and without, over many random runs.
#include "kernel/test_weak_memory.h"

namespace revenant::kernel {
namespace {

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

// --- The edges of the machine ---

#ifndef REVENANT_WITH_TSAN  // They are races.
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

// It had a location, plain code made that out of date, and there was no room for another: it must
// not find the old one again when plain code happens to restore the value.
TEST_F(WeakMemoryTest, AWordThatLostItsLocationDoesNotFindItAgain) {
  std::array<long, 400> many{};
  EXPECT_THAT(outcomes(zero_,
                       {[&] {
                          WRITE_ONCE(x_, 1);
                          WRITE_ONCE(x_, 2);
                          for (long& word : many) WRITE_ONCE(word, 1L);
                          x_ = 3;
                          a_ = READ_ONCE(x_);
                          WRITE_ONCE(x_, 4);
                          x_ = 2;
                          b_ = 1;
                        },
                        [&] {
                          if (__atomic_load_n(&b_, __ATOMIC_RELAXED) == 1) y_ = READ_ONCE(x_);
                        }},
                       [&] { return y_; }),
              testing::ElementsAre(0, 2));
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
