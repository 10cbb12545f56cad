// What grace periods order, as TSan sees it: these tests exist where TSan does.
#ifdef REVENANT_WITH_TSAN

#include "kernel/rcupdate.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

constexpr std::optional<FindingKind> kRace = FindingKind::kDataRace;

class RcuOrderTest : public KernelTest {
 protected:
  RcuOrderTest() { flag_ = 0; }

  struct Object {
    rcu_head head;
    alignas(8) int data = 0;
  };

  void read_inside() {
    rcu_read_lock();
    read_plainly(object_.data);
    rcu_read_unlock();
  }
  void write() { write_plainly(object_.data, 1); }

  static void write_in_callback(rcu_head* head) {
    write_plainly(reinterpret_cast<Object*>(head)->data, 2);
  }

  Object object_;
  static inline int flag_ = 0;
};

// --- A grace period is a full barrier ---

TEST_F(RcuOrderTest, WhatCameBeforeAGracePeriodIsSeenByWhoReadsAStoreAfterIt) {
  const auto found = run({[&] {
                            write();
                            synchronize_rcu();
                            WRITE_ONCE(flag_, 1);
                          },
                          [&] {
                            EXPECT_EQ(READ_ONCE(flag_), 1);
                            smp_rmb();
                            read_plainly(object_.data);
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, WhatWasReadBeforeAGracePeriodIsSeenAfterIt) {
  const auto found = run({[&] {
                            write();
                            smp_wmb();
                            WRITE_ONCE(flag_, 1);
                          },
                          [&] {
                            EXPECT_EQ(READ_ONCE(flag_), 1);
                            synchronize_rcu();
                            read_plainly(object_.data);
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, ACallbackComesAfterAFullBarrier) {
  const auto found = run({[&] {
                            write();
                            call_rcu(&object_.head, [](rcu_head*) { WRITE_ONCE(flag_, 1); });
                          },
                          [&] {
                            while (READ_ONCE(flag_) == 0) go_to(sim::kRcuCpu);
                            smp_rmb();
                            read_plainly(object_.data);
                          }});
  EXPECT_EQ(found, kClean) << text();
}

// --- Readers before the end of a grace period ---

TEST_F(RcuOrderTest, AReaderInsideWhenTheGracePeriodBeganIsOrderedBeforeItsEnd) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            go_to(kCpu1);
                            read_plainly(object_.data);
                            rcu_read_unlock();
                          },
                          [&] {
                            synchronize_rcu();
                            write();
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, AReaderThatEndedBeforeTheGracePeriodBeganIsOrderedBeforeItsEnd) {
  const auto found = run({[&] { read_inside(); },
                          [&] {
                            synchronize_rcu();
                            write();
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, AReaderThatBeganAfterTheGracePeriodBeganIsNotOrderedWithItsEnd) {
  const auto found = run({[&] {
                            rcu_read_lock();  // Keeps the grace period open.
                            go_to(kCpu1);
                            go_to(kCpu2);
                            rcu_read_unlock();
                            go_to(kCpu1);
                          },
                          [&] {
                            synchronize_rcu();
                            write();
                          },
                          [&] {
                            read_inside();
                            go_to(kCpu0);
                          }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, WhatAReaderDoesAfterItsSectionIsNotOrdered) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            rcu_read_unlock();
                            read_plainly(object_.data);
                          },
                          [&] {
                            synchronize_rcu();
                            write();
                          }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, WithoutAGracePeriodReadersAreNotOrdered) {
  EXPECT_EQ(run({[&] { read_inside(); }, [&] { write(); }}), kRace);
}

TEST_F(RcuOrderTest, TheStartOfAGracePeriodIsNotItsEnd) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            read_plainly(object_.data);
                            go_to(kCpu1);
                            rcu_read_unlock();
                          },
                          [&] {
                            write();
                            synchronize_rcu();
                          }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, AnotherCpusGracePeriodOrdersNothingForThisOne) {
  const auto found = run({[&] { read_inside(); }, [] { synchronize_rcu(); }, [&] { write(); }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, AnInnerUnlockDoesNotEndTheSection) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            rcu_read_lock();
                            go_to(kCpu1);
                            rcu_read_unlock();
                            read_plainly(object_.data);
                            rcu_read_unlock();
                          },
                          [&] {
                            synchronize_rcu();
                            write();
                          }});
  EXPECT_EQ(found, kClean);
}

// --- Updaters before the readers that begin later ---

TEST_F(RcuOrderTest, AWriteBeforeAGracePeriodIsOrderedBeforeReadersThatBeginAfterItsStart) {
  const auto found = run({[&] {
                            write();
                            synchronize_rcu();
                          },
                          [&] { read_inside(); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, AWriteBeforeCallRcuIsOrderedBeforeReadersThatBeginAfterIt) {
  rcu_head head;
  const auto found = run({[&] {
                            write();
                            call_rcu(&head, [](rcu_head*) {});
                          },
                          [&] { read_inside(); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, AWriteAfterTheStartOfAGracePeriodIsNotOrderedBeforeLaterReaders) {
  rcu_head head;
  const auto found = run({[&] {
                            call_rcu(&head, [](rcu_head*) {});
                            write();
                          },
                          [&] { read_inside(); }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, AReaderThatBeganBeforeTheGracePeriodDoesNotSeeTheWriteBeforeIt) {
  const auto found = run({[&] {
                            go_to(kCpu1);
                            write();
                            directed_.order_cpu(kCpu0);
                            synchronize_rcu();
                          },
                          [&] {
                            rcu_read_lock();
                            go_to(kCpu0);
                            read_plainly(object_.data);
                            rcu_read_unlock();
                          }});
  EXPECT_EQ(found, kRace);
}

// --- Callbacks ---

TEST_F(RcuOrderTest, ACallbackIsOrderedAfterTheReaderThatItWaitedFor) {
  const auto found = run({[&] {
                            rcu_read_lock();
                            go_to(kCpu1);
                            read_plainly(object_.data);
                            rcu_read_unlock();
                          },
                          [&] { call_rcu(&object_.head, &write_in_callback); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, ACallbackIsOrderedAfterAReaderThatEndedBeforeItsCall) {
  const auto found =
      run({[&] { read_inside(); }, [&] { call_rcu(&object_.head, &write_in_callback); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, ACallbackIsOrderedAfterItsCaller) {
  const auto found = run({[&] {
    write();
    call_rcu(&object_.head, &write_in_callback);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, ACallbackIsNotOrderedAfterWhatItsCallerDoesNext) {
  const auto found = run({[&] {
    call_rcu(&object_.head, &write_in_callback);
    write();
  }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, ACallbackIsNotOrderedAfterALaterReader) {
  const auto found = run({[&] {
                            call_rcu(&object_.head, &write_in_callback);
                            go_to(kCpu1);
                          },
                          [&] {
                            read_inside();
                            go_to(sim::kRcuCpu);
                          }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, TheCallerOfCallRcuIsNotOrderedAfterReaders) {
  rcu_head head;
  const auto found = run({[&] { read_inside(); },
                          [&] {
                            call_rcu(&head, [](rcu_head*) {});
                            write();
                          }});
  EXPECT_EQ(found, kRace);
}

TEST_F(RcuOrderTest, BarrierIsOrderedAfterTheCallbacks) {
  const auto found = run({[&] {
                            call_rcu(&object_.head, &write_in_callback);
                            rcu_barrier();
                            write();
                          },
                          [&] { step(); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuOrderTest, WithoutABarrierTheCallbacksAreNotOrdered) {
  const auto found = run({[&] {
    call_rcu(&object_.head, &write_in_callback);
    go_to(sim::kRcuCpu);
    write();
  }});
  EXPECT_EQ(found, kRace);
}

}  // namespace
}  // namespace revenant::kernel

#endif
