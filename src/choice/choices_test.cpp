#include "choice/choices.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "choice/fuzzed_choices.h"
#include "choice/random_choices.h"
#include "choice/recorded_choices.h"

namespace revenant {
namespace {

constexpr CpuId kCpu0{0};
constexpr CpuId kCpu1{1};
constexpr CpuId kCpu2{2};
constexpr CpuMask kAll = 0b111;
constexpr CpuMask kWithoutCpu1 = 0b101;
constexpr Anchor kAtCpu1{.cpu = kCpu1};

TEST(Choices, TheDefaultStaysAndElseGoesRoundInOrder) {
  EXPECT_EQ(default_cpu(kCpu1, kAll), kCpu1);
  EXPECT_EQ(default_cpu(kCpu1, kWithoutCpu1), kCpu2);
  EXPECT_EQ(default_cpu(kCpu1, 0b001), kCpu0);
  EXPECT_EQ(cyclic_cpu(kCpu1, kAll, 1), kCpu2);
  EXPECT_EQ(cyclic_cpu(kCpu1, kAll, 2), kCpu0);
}

TEST(Choices, MembersOfAMaskAreCountedUpwards) {
  EXPECT_EQ(count_of(0), 0U);
  EXPECT_EQ(count_of(kWithoutCpu1), 2U);
  EXPECT_EQ(member_of(kWithoutCpu1, 0), kCpu0);
  EXPECT_EQ(member_of(kWithoutCpu1, 1), kCpu2);
  EXPECT_EQ(count_of(0xff), kMaxCpuIds);
  for (std::uint32_t place = 0; place < kMaxCpuIds; ++place) {
    EXPECT_EQ(index_of(member_of(0xff, place)), place);
  }
}

TEST(Choices, CyclicOrderGoesOnceRoundFromAnyCpu) {
  for (std::uint32_t mask = 1; mask <= 0xff; ++mask) {
    for (std::uint32_t current = 0; current < kMaxCpuIds; ++current) {
      std::uint32_t steps = 0;
      for (std::uint32_t i = 0; i < kMaxCpuIds; ++i) {
        const std::uint32_t cpu = (current + i) % kMaxCpuIds;
        if ((mask >> cpu & 1) == 0) continue;
        ASSERT_EQ(index_of(cyclic_cpu(CpuId{static_cast<std::uint8_t>(current)}, mask, steps++)),
                  cpu)
            << "mask " << mask << ", current " << current;
      }
      ASSERT_EQ(steps, count_of(mask));
    }
  }
}

TEST(FuzzedChoices, TakesAByteAQuestionAndTheDefaultWhenTheyRunOut) {
  const std::array<std::uint8_t, 2> bytes{1, 5};
  FuzzedChoices choices(bytes);
  EXPECT_EQ(choices.next_cpu({.at = kAtCpu1, .runnable = kAll}), kCpu2);
  EXPECT_EQ(choices.pick(kAtCpu1, 3), 2U);
  EXPECT_EQ(choices.next_cpu({.at = kAtCpu1, .runnable = kAll}), kCpu1);
  EXPECT_EQ(choices.next_cpu({.at = kAtCpu1, .runnable = kWithoutCpu1}), kCpu2);
  EXPECT_EQ(choices.pick(kAtCpu1, 3), 0U);
}

TEST(RecordedChoices, ReplaysWhatWasRecorded) {
  RandomChoices random(7);
  RecordingChoices recording(random, 100);
  std::vector<CpuId> first;
  for (int i = 0; i < 50; ++i) {
    first.push_back(
        recording.next_cpu({.at = kAtCpu1, .runnable = i % 2 == 0 ? kAll : kWithoutCpu1}));
    recording.pick(kAtCpu1, 5);
  }
  RecordedChoices replay(recording.answers());
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(replay.next_cpu({.at = kAtCpu1, .runnable = i % 2 == 0 ? kAll : kWithoutCpu1}),
              first.at(i));
    replay.pick(kAtCpu1, 5);
  }
  EXPECT_EQ(replay.pick(kAtCpu1, 5), 0U) << "past the end an answer is the default";
}

TEST(RecordingChoices, KeepsNoMoreThanItsCapacity) {
  RandomChoices random(7);
  RecordingChoices recording(random, 3);
  for (int i = 0; i < 10; ++i) recording.pick(kAtCpu1, 5);
  EXPECT_EQ(recording.answers().size(), 3U);
}

TEST(RandomChoices, TheSameSeedGivesTheSameAnswersAndEveryCpuIsReached) {
  std::set<CpuId> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomChoices a(seed);
    RandomChoices b(seed);
    for (int i = 0; i < 20; ++i) {
      const CpuId chosen = a.next_cpu({.at = kAtCpu1, .runnable = kAll});
      ASSERT_EQ(chosen, b.next_cpu({.at = kAtCpu1, .runnable = kAll}));
      ASSERT_EQ(a.pick(kAtCpu1, 4), b.pick(kAtCpu1, 4));
      seen.insert(chosen);
    }
  }
  EXPECT_EQ(seen, (std::set<CpuId>{kCpu0, kCpu1, kCpu2}));
}

// How often, in many streams, the CPU that ran last does not go on.
int disturbances(std::uint8_t locks_held) {
  int count = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomChoices choices(seed);
    const RunQuestion question{.at = kAtCpu1, .runnable = kAll, .locks_held = locks_held};
    const CpuId first = choices.next_cpu(question);
    if (choices.next_cpu(question) != first) ++count;
  }
  return count;
}

TEST(RandomChoices, WhoHoldsALockIsDisturbedMore) {
  for (std::uint8_t locks = 1; locks <= 3; ++locks)
    EXPECT_GT(disturbances(locks), disturbances(0) * 5 / 4);
  EXPECT_EQ(disturbances(4), disturbances(0)) << "no stream looks for so many";
}

TEST(RandomChoices, WhoHasSleptComesAfterAllOthersInMoreThanAThirdOfTheStreams) {
  int last = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    RandomChoices choices(seed);
    choices.next_cpu({.at = kAtCpu1, .runnable = kWithoutCpu1});
    bool ran = false;
    for (int i = 0; i < 3; ++i) {
      ran |= choices.next_cpu({.at = {.cpu = kCpu0}, .runnable = kAll}) == kCpu1;
    }
    if (!ran) ++last;
  }
  EXPECT_GT(last, 650) << "by chance it would be two in three";
}

}  // namespace
}  // namespace revenant
