#include "run/prefix_hash.h"

#include <gtest/gtest.h>

#include <vector>

namespace revenant {
namespace {

using enum sim::Primitive;

sim::Event event(std::uint32_t cpu, sim::Primitive what, std::uint64_t address,
                 std::int32_t result = 1) {
  return {.at = {.cpu = CpuId{static_cast<std::uint8_t>(cpu)}},
          .what = what,
          .object = {.bits = address},
          .result = result};
}

std::uint64_t hash_of(const std::vector<sim::Event>& events) {
  PrefixHash hash;
  hash.begin_run();
  hash.follow(events);
  return hash.value();
}

bool commute(const sim::Event& a, const sim::Event& b) {
  return hash_of({a, b}) == hash_of({b, a});
}

constexpr std::uint64_t kWord = 0x1000;
constexpr std::uint64_t kOther = 0x2000;

TEST(PrefixHash, StepsOnDifferentWordsMayChangePlaces) {
  EXPECT_TRUE(commute(event(0, kWriteOnce, kWord), event(1, kWriteOnce, kOther)));
  EXPECT_TRUE(commute(event(0, kMutexLock, kWord), event(1, kMutexLock, kOther)));
}

TEST(PrefixHash, LoadsOfOneWordMayChangePlacesAndStoresMayNot) {
  EXPECT_TRUE(commute(event(0, kReadOnce, kWord), event(1, kReadOnce, kWord)));
  EXPECT_FALSE(commute(event(0, kReadOnce, kWord), event(1, kWriteOnce, kWord)));
  EXPECT_FALSE(commute(event(0, kWriteOnce, kWord), event(1, kWriteOnce, kWord)));
  EXPECT_FALSE(commute(event(0, kAtomicInc, kWord), event(1, kAtomicRead, kWord)));
}

TEST(PrefixHash, WhoTriesALockTouchesItEvenInVain) {
  EXPECT_FALSE(commute(event(0, kMutexTrylock, kWord, 0), event(1, kMutexUnlock, kWord)));
  EXPECT_FALSE(commute(event(0, kMutexIsLocked, kWord), event(1, kMutexLock, kWord)));
}

TEST(PrefixHash, AFreeDoesNotChangePlacesWithAReaderThatBegins) {
  EXPECT_FALSE(commute(event(0, kRcuReadLock, 0), event(1, kKmemCacheFree, kWord)));
  EXPECT_FALSE(commute(event(0, kRcuReadUnlock, 0), event(1, kCallRcu, kWord)));
  EXPECT_TRUE(commute(event(0, kRcuReadLock, 0), event(1, kRcuReadLock, 0)));
}

TEST(PrefixHash, TheOrderOfOneCpuCounts) {
  EXPECT_FALSE(commute(event(0, kReadOnce, kWord), event(0, kReadOnce, kOther)));
}

TEST(PrefixHash, ALaterStepRemembersWhatWasSeenBefore) {
  const sim::Event load = event(0, kReadOnce, kWord);
  const sim::Event store = event(1, kWriteOnce, kWord);
  const sim::Event later = event(0, kWriteOnce, kOther);
  EXPECT_NE(hash_of({load, store, later}), hash_of({store, load, later}));
}

TEST(PrefixHash, AnAnswerWithoutAnEventCounts) {
  PrefixHash a;
  PrefixHash b;
  a.begin_run();
  b.begin_run();
  a.picked(CpuId{0}, 0);
  b.picked(CpuId{0}, 1);
  EXPECT_NE(a.value(), b.value());
}

TEST(PrefixHash, EveryEventCounts) {
  const std::vector<sim::Event> events{event(0, kOpBegin, 0, 0), event(0, kOpEnd, 0, 0),
                                       event(1, kOpBegin, 0, 0), event(1, kSmpMb, 0, 0)};
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::vector<sim::Event> before(events.begin(), events.begin() + static_cast<int>(i));
    const std::vector<sim::Event> after(events.begin(), events.begin() + static_cast<int>(i) + 1);
    EXPECT_NE(hash_of(before), hash_of(after)) << i;
  }
}

TEST(PrefixHash, ARunOwesNothingToTheOneBefore) {
  const std::vector<sim::Event> events{event(0, kWriteOnce, kWord), event(1, kReadOnce, kWord)};
  PrefixHash hash;
  hash.begin_run();
  hash.follow(events);
  const std::uint64_t first = hash.value();
  hash.begin_run();
  hash.follow(events);
  EXPECT_EQ(hash.value(), first);
}

}  // namespace
}  // namespace revenant
