#include "native/gate.h"

#include <gtest/gtest.h>

#include <thread>

namespace revenant::native {
namespace {

constexpr std::chrono::hours kLong{1};

TEST(Gate, LetsThroughWhoComesAfterItOpened) {
  Gate gate;
  gate.open();
  EXPECT_TRUE(gate.wait({.looks = 0, .at_most = kLong}));
}

TEST(Gate, StaysOpenUntilItIsClosed) {
  Gate gate;
  gate.open();
  gate.wait({});
  EXPECT_TRUE(gate.wait({.looks = 0, .at_most = kLong}));
  gate.close();
  EXPECT_FALSE(gate.is_open());
}

TEST(Gate, SaysWhenItDidNotOpenInTime) {
  Gate gate;
  EXPECT_FALSE(gate.wait({.looks = 3, .at_most = std::chrono::microseconds(1)}));
}

// The two ways of waiting: whoever opens must wake the one that sleeps, and need not the other.
void hand_over_and_back(int looks) {
  constexpr int kTimes = 2000;
  Gate there;
  Gate back;
  std::thread other([&] {
    for (int i = 0; i < kTimes; ++i) {
      there.wait({.looks = looks, .at_most = kLong});
      there.close();
      back.open();
    }
  });
  for (int i = 0; i < kTimes; ++i) {
    there.open();
    EXPECT_TRUE(back.wait({.looks = looks, .at_most = kLong}));
    back.close();
  }
  other.join();
}

TEST(Gate, WakesWhoSleeps) { hand_over_and_back(0); }
TEST(Gate, IsSeenToOpenByWhoLooks) { hand_over_and_back(1'000'000); }

TEST(WaitUntilZero, ReturnsWhenSomebodyCountedDown) {
  FutexWord word{2};
  std::thread other([&] {
    for (int i = 0; i < 2; ++i) {
      if (word.fetch_sub(1) == 1) futex_wake_all(word);
    }
  });
  wait_until_zero(word);
  EXPECT_EQ(word, 0);
  other.join();
}

}  // namespace
}  // namespace revenant::native
