// RCU on real threads, for each flavor of liburcu: what it waits for, and what TSan is told of it.
#include "kernel/test_native_machine.h"

namespace revenant::kernel {
namespace {

class NativeRcuTest : public NativeKernelTest,
                      public testing::WithParamInterface<const native::RcuFlavor*> {
 protected:
  NativeRcuTest() : NativeKernelTest({.flavor = *GetParam()}) {}

  // Enough time for who does not wait to be seen not waiting.
  static void dawdle() {
    for (int i = 0; i < 1000; ++i) native::yield_processor();
  }

  int data_ = 0;
  int* pointer_ = &data_;
  Flag is_inside_;
  Flag is_over_;
};

TEST_P(NativeRcuTest, AGracePeriodWaitsForASectionThatItFinds) {
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   is_inside_.raise();
                   dawdle();
                   EXPECT_FALSE(is_over_.is_up());
                   rcu_read_unlock();
                 },
                 [&] {
                   is_inside_.wait();
                   synchronize_rcu();
                   is_over_.raise();
                 }}),
            kClean);
}

TEST_P(NativeRcuTest, AGracePeriodWaitsForTheOuterSection) {
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   rcu_read_lock();
                   rcu_read_unlock();
                   is_inside_.raise();
                   dawdle();
                   EXPECT_FALSE(is_over_.is_up());
                   rcu_read_unlock();
                 },
                 [&] {
                   is_inside_.wait();
                   synchronize_rcu();
                   is_over_.raise();
                 }}),
            kClean);
}

TEST_P(NativeRcuTest, ACallbackRunsAfterTheSectionsAndBeforeTheBarrierEnds) {
  struct Freed {
    rcu_head head;
    Flag is_done;
  };
  static Freed* freed = nullptr;
  Freed object;
  freed = &object;
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   is_inside_.raise();
                   dawdle();
                   EXPECT_FALSE(object.is_done.is_up());
                   rcu_read_unlock();
                 },
                 [&] {
                   is_inside_.wait();
                   call_rcu(&object.head, [](rcu_head*) { freed->is_done.raise(); });
                   rcu_barrier();
                   EXPECT_TRUE(object.is_done.is_up());
                 }}),
            kClean);
}

TEST_P(NativeRcuTest, ARunEndsAfterItsCallbacks) {
  struct Counted {
    rcu_head head;
  };
  static int count = 0;
  count = 0;
  std::array<Counted, 20> objects;
  run({[&] {
    for (Counted& object : objects) call_rcu(&object.head, [](rcu_head*) { ++count; });
  }});
  EXPECT_EQ(count, 20);
}

TEST_P(NativeRcuTest, AHeadThatIsQueuedCannotBeQueuedAgain) {
  rcu_head head;
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   is_inside_.raise();
                   is_over_.wait();
                   rcu_read_unlock();
                 },
                 [&] {
                   is_inside_.wait();
                   call_rcu(&head, [](rcu_head*) {});
                   struct Tell {
                     Flag& flag;
                     ~Tell() { flag.raise(); }
                   } const tell{is_over_};
                   call_rcu(&head, [](rcu_head*) {});
                 }}),
            FindingKind::kDoubleFree);
}

TEST_P(NativeRcuTest, ACpuThatIsUnwoundLeavesItsSection) {
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   is_inside_.raise();
                   raise(FindingKind::kBugOn);
                 },
                 [&] {
                   is_inside_.wait();
                   synchronize_rcu();
                 }}),
            FindingKind::kBugOn);
}

TEST_P(NativeRcuTest, SleepingInsideASectionIsAFinding) {
  EXPECT_EQ(run({[&] {
              rcu_read_lock();
              synchronize_rcu();
            }}),
            FindingKind::kSleepInRcu);
}

// --- What TSan sees ---

TEST_P(NativeRcuTest, WhatASectionReadMayBeWrittenAfterAGracePeriod) {
  for (int i = 0; i < kTries; ++i) {
    begin();
    ASSERT_EQ(run({[&] {
                     rcu_read_lock();
                     if (const int* const found = rcu_dereference(pointer_)) read_plainly(*found);
                     rcu_read_unlock();
                   },
                   [&] {
                     rcu_assign_pointer(pointer_, nullptr);
                     synchronize_rcu();
                     write_plainly(data_, 1);
                     rcu_assign_pointer(pointer_, &data_);
                   }}),
              kClean);
  }
}

TEST_P(NativeRcuTest, ASectionSeesWhatCameBeforeAGracePeriodThatBeganBefore) {
  EXPECT_EQ(run({[&] {
                   is_over_.wait();
                   rcu_read_lock();
                   EXPECT_EQ(read_plainly(data_), 1);
                   rcu_read_unlock();
                 },
                 [&] {
                   write_plainly(data_, 1);
                   synchronize_rcu();
                   is_over_.raise();
                 }}),
            kClean);
}

TEST_P(NativeRcuTest, WhatASectionReadMayBeWrittenByACallback) {
  struct Freed {
    rcu_head head;
    int data = 0;
  };
  Freed object;
  Freed* shared = &object;
  for (int i = 0; i < kTries; ++i) {
    begin();
    ASSERT_EQ(run({[&] {
                     rcu_read_lock();
                     if (const Freed* const found = rcu_dereference(shared)) {
                       read_plainly(found->data);
                     }
                     rcu_read_unlock();
                   },
                   [&] {
                     rcu_assign_pointer(shared, nullptr);
                     call_rcu(&object.head, [](rcu_head* head) {
                       write_plainly(reinterpret_cast<Freed*>(head)->data, 1);
                     });
                     rcu_barrier();
                     write_plainly(object.data, 2);
                     rcu_assign_pointer(shared, &object);
                   }}),
              kClean);
  }
}

#ifdef REVENANT_WITH_TSAN

TEST_P(NativeRcuTest, AReadAfterTheSectionIsARaceWithWhatFollowsTheGracePeriod) {
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   const int* const found = rcu_dereference(pointer_);
                   is_inside_.raise();
                   rcu_read_unlock();
                   is_over_.wait();
                   read_plainly(*found);
                 },
                 [&] {
                   is_inside_.wait();
                   synchronize_rcu();
                   write_plainly(data_, 1);
                   is_over_.raise();
                 }}),
            FindingKind::kDataRace);
}

TEST_P(NativeRcuTest, AWriteBeforeTheGracePeriodIsARaceWithAReadInASection) {
  Flag is_read;
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   const int* const found = rcu_dereference(pointer_);
                   read_plainly(*found);
                   is_read.raise();
                   rcu_read_unlock();
                 },
                 [&] {
                   is_read.wait();
                   write_plainly(data_, 1);
                   synchronize_rcu();
                 }}),
            FindingKind::kDataRace);
}

// The first sections of threads, as a flavor may register a thread there, under a lock.
TEST_P(NativeRcuTest, ASectionOrdersNothingWithAnother) {
  EXPECT_EQ(run({[&] {
                   write_plainly(data_, 1);
                   rcu_read_lock();
                   rcu_read_unlock();
                   is_over_.raise();
                 },
                 [&] {
                   is_over_.wait();
                   rcu_read_lock();
                   rcu_read_unlock();
                   read_plainly(data_);
                 }}),
            FindingKind::kDataRace);
}

TEST_P(NativeRcuTest, AnUnpublishedInitialisationIsARace) {
  int* published = nullptr;
  EXPECT_EQ(run({[&] {
                   rcu_read_lock();
                   is_inside_.raise();
                   const int* found = nullptr;
                   while (found == nullptr) found = rcu_dereference(published);
                   read_plainly(*found);
                   rcu_read_unlock();
                 },
                 [&] {
                   is_inside_.wait();
                   write_plainly(data_, 1);
                   WRITE_ONCE(published, &data_);
                 }}),
            FindingKind::kDataRace);
}

#endif

INSTANTIATE_TEST_SUITE_P(Flavors, NativeRcuTest,
                         testing::ValuesIn(native::all_flavors().begin(),
                                           native::all_flavors().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace revenant::kernel
