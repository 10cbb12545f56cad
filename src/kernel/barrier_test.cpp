#include "kernel/barrier.h"

#include "kernel/atomic.h"
#include "kernel/rcupdate.h"
#include "kernel/rwsem.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class BarrierTest : public KernelTest {
 protected:
  alignas(8) int data_ = 0;  // TSan remembers four accesses per word: none but those to data.
  int flag_ = 0;
  int* pointer_ = nullptr;
};

TEST_F(BarrierTest, MarkedLoadsSeeMarkedStores) {
  run({[&] {
    WRITE_ONCE(data_, 1);
    EXPECT_EQ(READ_ONCE(data_), 1);
    smp_store_release(&data_, 2);
    EXPECT_EQ(smp_load_acquire(&data_), 2);
  }});
}

TEST_F(BarrierTest, EachIsOneSchedulingPointBeforeItsEffect) {
  std::atomic<int> seen_before = -1;
  const auto yields = [&](int before, const auto& primitive) {
    seen_before = -1;
    directed_.order_cpu(kCpu1);
    primitive();
    EXPECT_EQ(seen_before, before);
    EXPECT_FALSE(directed_.has_order());
  };
  run({[&] {
         yields(0, [&] { WRITE_ONCE(data_, 1); });
         yields(1, [&] { EXPECT_EQ(READ_ONCE(data_), 1); });
         yields(1, [&] { smp_store_release(&data_, 2); });
         yields(2, [&] { EXPECT_EQ(smp_load_acquire(&data_), 2); });
         yields(2, [&] { smp_mb(); });
         yields(2, [&] { smp_rmb(); });
         yields(2, [&] { smp_wmb(); });
       },
       [&] {
         for (int i = 0; i < 7; ++i) {
           seen_before = __atomic_load_n(&data_, __ATOMIC_RELAXED);
           go_to(kCpu0);
         }
       }});
}

#ifdef REVENANT_WITH_TSAN
// --- What they order. CPU 0 writes data and then says so; CPU 1 hears it and reads data. ---

class BarrierOrderTest : public BarrierTest {
 protected:
  template <class Say, class Hear>
  std::optional<FindingKind> pass(Say say, Hear hear) {
    return run({[&] {
                  write_plainly(data_, 1);
                  say();
                },
                [&] {
                  hear();
                  read_plainly(data_);
                }});
  }
};

// CPU 1 has read what CPU 0 says, without a barrier, and tells CPU 2.
class HandingOnTest : public BarrierTest {
 protected:
  template <class Relay, class Hear>
  std::optional<FindingKind> pass_on(Relay relay, Hear hear) {
    return run({[&] {
                  write_plainly(data_, 1);
                  smp_store_release(&flag_, 1);
                },
                [&] {
                  EXPECT_EQ(READ_ONCE(flag_), 1);
                  relay();
                },
                [&] {
                  hear();
                  read_plainly(data_);
                }});
  }

  int second_ = 0;
  mutex mutex_{};
  rw_semaphore sem_{};
};

TEST_F(HandingOnTest, AFullBarrierDoes) {
  const auto relay = [&] {
    smp_mb();
    WRITE_ONCE(second_, 1);
  };
  const auto hear = [&] {
    READ_ONCE(second_);
    smp_rmb();
  };
  EXPECT_EQ(pass_on(relay, hear), kClean);
}

TEST_F(HandingOnTest, AReleaseDoes) {
  EXPECT_EQ(pass_on([&] { smp_store_release(&second_, 1); }, [&] { smp_load_acquire(&second_); }),
            kClean);
}

TEST_F(HandingOnTest, EveryOtherReleaseDoes) {
  atomic_t count{};
  int* pointer = nullptr;
  const auto read_count = [&] { atomic_read_acquire(&count); };
  EXPECT_EQ(pass_on([&] { atomic_set_release(&count, 1); }, read_count), kClean);
  begin(directed_);
  EXPECT_EQ(pass_on([&] { atomic_inc_return_release(&count); }, read_count), kClean);
  begin(directed_);
  EXPECT_EQ(pass_on([&] { cmpxchg<Order::kRelease>(&second_, 0, 1); },
                    [&] { smp_load_acquire(&second_); }),
            kClean);
  begin(directed_);
  EXPECT_EQ(
      pass_on([&] { rcu_assign_pointer(pointer, &second_); }, [&] { rcu_dereference(pointer); }),
      kClean);
}

TEST_F(HandingOnTest, AnUnlockDoes) {
  const auto take_and_give = [&] {
    mutex_lock(&mutex_);
    mutex_unlock(&mutex_);
  };
  EXPECT_EQ(pass_on(take_and_give, take_and_give), kClean);
}

TEST_F(HandingOnTest, GivingBackASemaphoreDoes) {
  const auto read = [&] {
    down_read(&sem_);
    up_read(&sem_);
  };
  const auto write = [&] {
    down_write(&sem_);
    up_write(&sem_);
  };
  EXPECT_EQ(pass_on(read, write), kClean);
  begin(directed_);
  EXPECT_EQ(pass_on(write, read), kClean);
}

TEST_F(HandingOnTest, ARelaxedStoreDoesNot) {
  EXPECT_EQ(pass_on([&] { WRITE_ONCE(second_, 1); }, [&] { smp_load_acquire(&second_); }),
            FindingKind::kDataRace);
}

TEST_F(HandingOnTest, WhoHandsOnHasNotSeenItItself) {
  const auto relay = [&] {
    smp_store_release(&second_, 1);
    read_plainly(data_);
  };
  EXPECT_EQ(pass_on(relay, [] {}), FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, StoreReleaseAndLoadAcquirePassAMessage) {
  EXPECT_EQ(pass([&] { smp_store_release(&flag_, 1); }, [&] { smp_load_acquire(&flag_); }), kClean);
}

TEST_F(BarrierOrderTest, StoreReleaseAndLoadAcquireOfDifferentWordsDoNot) {
  int other = 0;
  EXPECT_EQ(pass([&] { smp_store_release(&flag_, 1); }, [&] { smp_load_acquire(&other); }),
            FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, ALoadAcquireBeforeTheStoreReleaseDoesNot) {
  const auto found = run({[&] {
                            go_to(kCpu1);
                            write_plainly(data_, 1);
                            smp_store_release(&flag_, 1);
                          },
                          [&] {
                            smp_load_acquire(&flag_);
                            go_to(kCpu0);
                            read_plainly(data_);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, WriteOnceAndReadOnceDoNot) {
  EXPECT_EQ(pass([&] { WRITE_ONCE(flag_, 1); }, [&] { READ_ONCE(flag_); }), FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, WriteOnceAndLoadAcquireDoNot) {
  EXPECT_EQ(pass([&] { WRITE_ONCE(flag_, 1); }, [&] { smp_load_acquire(&flag_); }),
            FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, StoreReleaseAndReadOnceDoNot) {
  EXPECT_EQ(pass([&] { smp_store_release(&flag_, 1); }, [&] { READ_ONCE(flag_); }),
            FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, AssignPointerAndDereferencePassAMessage) {
  EXPECT_EQ(pass([&] { rcu_assign_pointer(pointer_, &data_); },
                 [&] { EXPECT_EQ(rcu_dereference(pointer_), &data_); }),
            kClean);
}

TEST_F(BarrierOrderTest, AssignPointerAndReadOncePassAMessageByDependency) {
  EXPECT_EQ(pass([&] { rcu_assign_pointer(pointer_, &data_); }, [&] { READ_ONCE(pointer_); }),
            kClean);
}

TEST_F(BarrierOrderTest, WriteOnceOfAPointerIsNoAssignPointer) {
  EXPECT_EQ(pass([&] { WRITE_ONCE(pointer_, &data_); }, [&] { rcu_dereference(pointer_); }),
            FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, WmbAndRmbPassAMessage) {
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [&] {
        READ_ONCE(flag_);
        smp_rmb();
      });
  EXPECT_EQ(found, kClean);
}

TEST_F(BarrierOrderTest, TwoFullBarriersPassAMessage) {
  const auto found = pass(
      [&] {
        smp_mb();
        WRITE_ONCE(flag_, 1);
      },
      [&] {
        READ_ONCE(flag_);
        smp_mb();
      });
  EXPECT_EQ(found, kClean);
}

TEST_F(BarrierOrderTest, WmbAloneDoesNot) {
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [&] { READ_ONCE(flag_); });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, RmbAloneDoesNot) {
  const auto found = pass([&] { WRITE_ONCE(flag_, 1); },
                          [&] {
                            READ_ONCE(flag_);
                            smp_rmb();
                          });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, AWmbAfterTheFlagDoesNot) {
  const auto found = pass(
      [&] {
        WRITE_ONCE(flag_, 1);
        smp_wmb();
      },
      [&] {
        READ_ONCE(flag_);
        smp_rmb();
      });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, AnRmbBeforeTheFlagDoesNot) {
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [&] {
        smp_rmb();
        READ_ONCE(flag_);
      });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, AWmbCoversOnlyWhatCameBeforeIt) {
  const auto found = run({[&] {
                            smp_wmb();
                            write_plainly(data_, 1);
                            WRITE_ONCE(flag_, 1);
                          },
                          [&] {
                            READ_ONCE(flag_);
                            smp_rmb();
                            read_plainly(data_);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

// Whoever drops the last reference sees what the other holders did: refcount_t's own pattern.
TEST_F(BarrierOrderTest, AReleasingDecrementAndRmbPassAMessage) {
  atomic_t count = ATOMIC_INIT(2);
  const auto found = pass([&] { EXPECT_FALSE(atomic_dec_and_test_release(&count)); },
                          [&] {
                            EXPECT_TRUE(atomic_dec_and_test_release(&count));
                            smp_rmb();
                          });
  EXPECT_EQ(found, kClean);
}

TEST_F(BarrierOrderTest, ADecrementBetweenFullBarriersPassesAMessage) {
  atomic_t count = ATOMIC_INIT(2);
  const auto found = pass(
      [&] {
        smp_mb();
        atomic_dec(&count);
      },
      [&] {
        atomic_dec(&count);
        smp_mb();
      });
  EXPECT_EQ(found, kClean);
}

TEST_F(BarrierOrderTest, WmbAndARelaxedCmpxchgAndAFullBarrierPassAMessage) {
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [&] {
        EXPECT_EQ(cmpxchg<Order::kRelaxed>(&flag_, 1, 2), 1);
        smp_mb();
      });
  EXPECT_EQ(found, kClean);
}

TEST_F(BarrierOrderTest, ADecrementWithoutABarrierDoesNot) {
  atomic_t count = ATOMIC_INIT(2);
  const auto found = pass(
      [&] {
        smp_mb();
        atomic_dec(&count);
      },
      [&] { atomic_dec(&count); });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, AnRmbOrdersAlsoAfterManyLoads) {
  std::array<int, 40> others{};
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [&] {
        READ_ONCE(flag_);
        for (const int& other : others) READ_ONCE(other);
        smp_rmb();
      });
  EXPECT_EQ(found, kClean);
}

TEST_F(BarrierOrderTest, LoadingAnotherWordOverAndOverIsNoRmb) {
  int other = 0;
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [&] {
        READ_ONCE(flag_);
        for (int i = 0; i < 40; ++i) READ_ONCE(other);
      });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, FullBarriersDoNotOrderCpusThatDoNotCommunicate) {
  EXPECT_EQ(pass([&] { smp_mb(); }, [&] { smp_mb(); }), FindingKind::kDataRace);
}

TEST_F(BarrierOrderTest, ALoadOfTheRunBeforeCountsNoMore) {
  EXPECT_EQ(run({[] {}, [&] { READ_ONCE(flag_); }}), kClean);
  begin(directed_);
  const auto found = pass(
      [&] {
        smp_wmb();
        WRITE_ONCE(flag_, 1);
      },
      [] { smp_rmb(); });
  EXPECT_EQ(found, FindingKind::kDataRace);
}

#endif

}  // namespace
}  // namespace revenant::kernel
