#include "kernel/atomic.h"

#include <climits>

#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class AtomicTest : public KernelTest {
 protected:
  // Runs one body on CPU 0, and checks that it takes `steps` scheduling points.
  void on_a_cpu(std::uint32_t steps, const std::function<void()>& body) {
    EXPECT_EQ(run({body}), kClean);
    EXPECT_EQ(machine_.step(), steps);
  }

  atomic_t counter_ = ATOMIC_INIT(0);
};

TEST_F(AtomicTest, ReadsWhatWasSet) {
  on_a_cpu(4, [&] {
    atomic_set(&counter_, -7);
    EXPECT_EQ(atomic_read(&counter_), -7);
    atomic_set_release(&counter_, 7);
    EXPECT_EQ(atomic_read_acquire(&counter_), 7);
  });
}

TEST_F(AtomicTest, IncDecAndAddChangeTheCounter) {
  on_a_cpu(3, [&] {
    atomic_add(5, &counter_);
    atomic_inc(&counter_);
    atomic_dec(&counter_);
  });
  EXPECT_EQ(counter_.counter, 5);
}

TEST_F(AtomicTest, IncReturnAndDecReturnGiveTheNewValue) {
  on_a_cpu(4, [&] {
    EXPECT_EQ(atomic_inc_return(&counter_), 1);
    EXPECT_EQ(atomic_inc_return_relaxed(&counter_), 2);
    EXPECT_EQ(atomic_dec_return(&counter_), 1);
    EXPECT_EQ(atomic_dec_return_release(&counter_), 0);
  });
}

TEST_F(AtomicTest, CountersWrapAround) {
  on_a_cpu(5, [&] {
    atomic_set(&counter_, INT_MAX);
    EXPECT_EQ(atomic_inc_return(&counter_), INT_MIN);
    EXPECT_EQ(atomic_dec_return(&counter_), INT_MAX);
    EXPECT_TRUE(atomic_inc_not_zero(&counter_));
    EXPECT_EQ(atomic_read(&counter_), INT_MIN);
  });
}

TEST_F(AtomicTest, DecAndTestIsTrueAtZeroOnly) {
  on_a_cpu(4, [&] {
    atomic_set(&counter_, 2);
    EXPECT_FALSE(atomic_dec_and_test(&counter_));
    EXPECT_TRUE(atomic_dec_and_test(&counter_));
    EXPECT_FALSE(atomic_dec_and_test(&counter_));
  });
  EXPECT_EQ(counter_.counter, -1) << "it stores in any case";
}

TEST_F(AtomicTest, IncNotZeroLeavesZeroAlone) {
  on_a_cpu(1, [&] { EXPECT_FALSE(atomic_inc_not_zero(&counter_)); });
  EXPECT_EQ(counter_.counter, 0);
}

TEST_F(AtomicTest, IncNotZeroCountsFromAnythingElse) {
  counter_ = ATOMIC_INIT(-1);
  on_a_cpu(1, [&] { EXPECT_TRUE(atomic_inc_not_zero(&counter_)); });
  EXPECT_EQ(counter_.counter, 0);
}

TEST_F(AtomicTest, CmpxchgStoresIfTheWordIsAsExpected) {
  long word = 1;
  on_a_cpu(2, [&] {
    EXPECT_EQ(cmpxchg(&word, 1, 2), 1);
    EXPECT_EQ(cmpxchg(&word, 1, 3), 2);
  });
  EXPECT_EQ(word, 2);
}

TEST_F(AtomicTest, AtomicCmpxchgIsCmpxchgOfTheCounter) {
  on_a_cpu(2, [&] {
    EXPECT_EQ(atomic_cmpxchg(&counter_, 0, 4), 0);
    EXPECT_EQ(atomic_cmpxchg_relaxed(&counter_, 0, 5), 4);
  });
  EXPECT_EQ(counter_.counter, 4);
}

TEST_F(AtomicTest, XchgStoresAndGivesTheOldWord) {
  int target = 0;
  int* word = nullptr;
  on_a_cpu(2, [&] {
    EXPECT_EQ(xchg(&word, &target), nullptr);
    EXPECT_EQ(xchg(&word, nullptr), &target);
  });
}

TEST_F(AtomicTest, NobodyRunsBetweenTheReadAndTheWrite) {
  const auto count_three_times = [&](CpuId other) {
    for (int i = 0; i < 3; ++i) {
      directed_.order_cpu(other);
      atomic_inc(&counter_);
    }
  };
  run({[&] { count_three_times(kCpu1); },
       [&] {
         count_three_times(kCpu0);
         step();
       }});
  EXPECT_EQ(counter_.counter, 6);
}

#ifdef REVENANT_WITH_TSAN
// --- What they order. CPU 0 writes data and does its atomic; then CPU 1 does its own, and reads.
// ---

class AtomicOrderTest : public AtomicTest {
 protected:
  template <class First, class Second>
  std::optional<FindingKind> pass(First first, Second second) {
    return run({[&] {
                  write_plainly(data_, 1);
                  first();
                },
                [&] {
                  second();
                  read_plainly(data_);
                }});
  }

  // The other side of the atomic that a test is about: fully ordered.
  void ordered() { atomic_inc_return(&counter_); }

  alignas(8) int data_ = 0;  // TSan remembers four accesses per word: none but those to data.
};

TEST_F(AtomicOrderTest, ValueReturningAtomicsOrderBothWays) {
  EXPECT_EQ(pass([&] { atomic_inc_return(&counter_); }, [&] { atomic_dec_and_test(&counter_); }),
            kClean);
}

TEST_F(AtomicOrderTest, AnAtomicWithoutAResultDoesNotRelease) {
  EXPECT_EQ(pass([&] { atomic_inc(&counter_); }, [&] { ordered(); }), FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, AnAtomicWithoutAResultDoesNotAcquire) {
  EXPECT_EQ(pass([&] { ordered(); }, [&] { atomic_inc(&counter_); }), FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, ARelaxedAtomicDoesNotRelease) {
  EXPECT_EQ(pass([&] { atomic_inc_return_relaxed(&counter_); }, [&] { ordered(); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, ARelaxedAtomicDoesNotAcquire) {
  EXPECT_EQ(pass([&] { ordered(); }, [&] { atomic_inc_return_relaxed(&counter_); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, AReleaseAtomicReleasesToAnAcquireAtomic) {
  EXPECT_EQ(pass([&] { atomic_inc_return_release(&counter_); },
                 [&] { atomic_dec_return_acquire(&counter_); }),
            kClean);
}

TEST_F(AtomicOrderTest, AReleaseAtomicDoesNotAcquire) {
  EXPECT_EQ(pass([&] { ordered(); }, [&] { atomic_inc_return_release(&counter_); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, AnAcquireAtomicDoesNotRelease) {
  EXPECT_EQ(pass([&] { atomic_inc_return_acquire(&counter_); }, [&] { ordered(); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, SetReleaseAndReadAcquirePair) {
  EXPECT_EQ(
      pass([&] { atomic_set_release(&counter_, 1); }, [&] { atomic_read_acquire(&counter_); }),
      kClean);
}

TEST_F(AtomicOrderTest, SetAndReadOrderNothing) {
  EXPECT_EQ(pass([&] { atomic_set(&counter_, 1); }, [&] { atomic_read(&counter_); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, AnIncNotZeroThatCountedOrders) {
  EXPECT_EQ(pass([&] { ordered(); }, [&] { EXPECT_TRUE(atomic_inc_not_zero(&counter_)); }), kClean);
}

TEST_F(AtomicOrderTest, AnIncNotZeroThatFailedDoesNotAcquire) {
  EXPECT_EQ(pass(
                [&] {
                  ordered();
                  atomic_dec_return(&counter_);
                },
                [&] { EXPECT_FALSE(atomic_inc_not_zero(&counter_)); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, AnIncNotZeroThatFailedDoesNotRelease) {
  EXPECT_EQ(pass([&] { EXPECT_FALSE(atomic_inc_not_zero(&counter_)); }, [&] { ordered(); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, ACmpxchgThatStoredOrders) {
  EXPECT_EQ(pass([&] { EXPECT_EQ(atomic_cmpxchg(&counter_, 0, 1), 0); },
                 [&] { EXPECT_EQ(atomic_cmpxchg(&counter_, 1, 2), 1); }),
            kClean);
}

TEST_F(AtomicOrderTest, ACmpxchgThatFailedDoesNotAcquire) {
  EXPECT_EQ(pass([&] { ordered(); }, [&] { EXPECT_EQ(atomic_cmpxchg(&counter_, 0, 1), 1); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, ACmpxchgThatFailedDoesNotRelease) {
  EXPECT_EQ(pass([&] { EXPECT_EQ(atomic_cmpxchg(&counter_, 7, 1), 0); }, [&] { ordered(); }),
            FindingKind::kDataRace);
}

TEST_F(AtomicOrderTest, XchgOrders) {
  EXPECT_EQ(pass([&] { xchg(&counter_.counter, 1); }, [&] { xchg(&counter_.counter, 2); }), kClean);
}

// A full barrier stands on both sides, so the atomic orders like smp_mb for other words too.
TEST_F(AtomicOrderTest, AValueReturningAtomicIsABarrierForOtherWords) {
  atomic_t mine[2]{};
  int flag = 0;
  const auto found = pass(
      [&] {
        atomic_inc_return(&mine[0]);
        WRITE_ONCE(flag, 1);
      },
      [&] {
        READ_ONCE(flag);
        atomic_inc_return(&mine[1]);
      });
  EXPECT_EQ(found, kClean);
}

TEST_F(AtomicOrderTest, AnAtomicWithoutAResultIsNoBarrierForOtherWords) {
  atomic_t mine[2]{};
  int flag = 0;
  const auto found = pass(
      [&] {
        atomic_inc(&mine[0]);
        WRITE_ONCE(flag, 1);
      },
      [&] {
        READ_ONCE(flag);
        atomic_inc(&mine[1]);
      });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

#endif

}  // namespace
}  // namespace revenant::kernel
