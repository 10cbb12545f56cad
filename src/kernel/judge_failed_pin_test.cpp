// Rule C6: who fails to pin gives up, or leaves the section now and then.
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

using FailedPinTest = SlabTest;

bool pin(thing* object) { return atomic_inc_not_zero(&object->refcount); }

void fail_to_pin(thing* object, std::uint32_t times) {
  for (std::uint32_t i = 0; i < times; ++i) EXPECT_FALSE(pin(object));
}

TEST_F(FailedPinTest, ARestartInTheSectionForEverIsALivelock) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    free(object);
    while (!pin(object)) {
    }
  }});
  EXPECT_EQ(found, FindingKind::kLivelock);
  EXPECT_EQ(text(),
            "17 pins failed in one read-side section, the last of thing0#1:freed.refcount: "
            "allocated by CPU 0 in op 0 at step 1, freed by CPU 0 in op 0 at step 3");
}

TEST_F(FailedPinTest, IsOneAlsoWhereEachRestartMeetsAnotherObject) {
  const auto found = run({[&] {
    thing* const a = alloc();
    thing* const b = alloc();
    rcu_read_lock();
    while (!pin(a) && !pin(b)) {
    }
  }});
  EXPECT_EQ(found, FindingKind::kLivelock);
}

TEST_F(FailedPinTest, AsManyAsAreAllowedAreAllowed) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    fail_to_pin(object, kMaxFailedPins);
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(FailedPinTest, GivingUpIsAllowed) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    free(object);
    fail_to_pin(object, 1);
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(FailedPinTest, ARestartThatLeavesTheSectionIsAllowed) {
  const auto found = run({[&] {
    thing* const object = alloc();
    for (std::uint32_t i = 0; i < 3 * kMaxFailedPins; ++i) {
      rcu_read_lock();
      fail_to_pin(object, 1);
      rcu_read_unlock();
    }
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(FailedPinTest, LeavingANestedSectionLeavesNone) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    for (;;) {
      rcu_read_lock();
      fail_to_pin(object, 1);
      rcu_read_unlock();
    }
  }});
  EXPECT_EQ(found, FindingKind::kLivelock);
  EXPECT_LT(machine_.step(), sim::kFairAfter);
}

TEST_F(FailedPinTest, WhatAnotherCpuFailsInBetweenHidesNothing) {
  const auto restart_for_ever = [&](CpuId other) {
    rcu_read_lock();
    for (;;) {
      fail_to_pin(shared(), 1);
      go_to(other);
    }
  };
  const auto found = run({[&] {
                            share(alloc());
                            restart_for_ever(kCpu1);
                          },
                          [&] { restart_for_ever(kCpu0); }});
  EXPECT_EQ(found, FindingKind::kLivelock);
  EXPECT_LT(machine_.step(), sim::kFairAfter);
}

TEST_F(FailedPinTest, EachRunIsJudgedAlone) {
  for (int i = 0; i < 2; ++i) {
    begin(directed_);
    const auto found = run({[&] {
      thing* const object = alloc();
      rcu_read_lock();
      fail_to_pin(object, kMaxFailedPins);
    }});
    EXPECT_EQ(found, kClean);
  }
}

TEST_F(FailedPinTest, ACountThatIsNotDeclaredPinsNothing) {
  const auto found = run({[&] {
    thing* const object = alloc();
    object->data = 0;
    rcu_read_lock();
    for (std::uint32_t i = 0; i <= kMaxFailedPins; ++i) {
      EXPECT_FALSE(atomic_inc_not_zero(reinterpret_cast<atomic_t*>(&object->data)));
    }
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, kClean);
}

// Whatever it is for: it holds up no grace period.
TEST_F(FailedPinTest, OutsideASectionNothingIsCounted) {
  const auto found = run({[&] { fail_to_pin(alloc(), kMaxFailedPins + 1); }});
  EXPECT_EQ(found, kClean);
}

}  // namespace
}  // namespace revenant::kernel
