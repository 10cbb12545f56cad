#include "run/visited_states.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace revenant {
namespace {

TEST(VisitedStates, AStateIsNewOnceAndAgainWithFewerPreemptions) {
  VisitedStates states;
  states.make_room();
  EXPECT_TRUE(states.note(10, 2));
  EXPECT_FALSE(states.note(10, 2));
  EXPECT_FALSE(states.note(10, 3));
  EXPECT_TRUE(states.note(10, 1));
  EXPECT_FALSE(states.note(10, 2));
  EXPECT_EQ(states.size(), 1U);
}

TEST(VisitedStates, WhatOneSearchHasVisitedIsNotNewToAnotherThatLearnsIt) {
  constexpr std::uint64_t kCount = 100'000;  // Many times the table's first size.
  VisitedStates one;
  for (std::uint64_t i = 1; i <= kCount; ++i) {
    one.make_room();
    ASSERT_TRUE(one.note(mix64(i), 1));
  }
  EXPECT_EQ(one.news().size(), kCount);
  VisitedStates other;
  other.learn(one.news());
  EXPECT_EQ(other.size(), kCount);
  EXPECT_TRUE(other.news().empty());
  for (std::uint64_t i = 1; i <= kCount; ++i) ASSERT_FALSE(other.note(mix64(i), 1));
  one.forget_news();
  EXPECT_TRUE(one.news().empty());
}

TEST(VisitedStates, WhatThereIsNoRoomForIsNewEachTime) {
  VisitedStates states(100);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    states.make_room();
    ASSERT_TRUE(states.note(mix64(i), 2));
  }
  EXPECT_FALSE(states.forgot());
  for (int again = 0; again < 2; ++again) EXPECT_TRUE(states.note(mix64(101), 2));
  EXPECT_TRUE(states.forgot());
  EXPECT_EQ(states.size(), 100U);
  EXPECT_EQ(states.news().size(), 100U);
  // Those that it has it knows, and still better than before.
  EXPECT_FALSE(states.note(mix64(1), 2));
  EXPECT_TRUE(states.note(mix64(1), 1));
  EXPECT_FALSE(states.note(mix64(1), 1));
}

// More than the table has room for at first: it grows so far and no farther.
TEST(VisitedStates, AreNeverMoreThanTheMostThatThereMayBe) {
  constexpr std::uint64_t kMost = 40'000;
  VisitedStates states(kMost);
  for (std::uint64_t i = 1; i <= 3 * kMost; ++i) {
    states.make_room();
    ASSERT_TRUE(states.note(mix64(i), 1));
  }
  EXPECT_EQ(states.size(), kMost);
  EXPECT_EQ(states.news().size(), kMost);
  for (std::uint64_t i = 1; i <= kMost; ++i) ASSERT_FALSE(states.note(mix64(i), 1));
  VisitedStates other(100);
  other.learn(states.news());
  EXPECT_EQ(other.size(), 100U);
  EXPECT_TRUE(other.forgot());
}

}  // namespace
}  // namespace revenant
