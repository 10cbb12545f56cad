#include "schedule/schedule_choices.h"

#include <gtest/gtest.h>

#include "schedule/fake_ops.h"

namespace revenant {
namespace {

constexpr CpuId kCpu0{0};
constexpr CpuId kCpu1{1};
constexpr CpuId kCpu2{2};
constexpr CpuMask kAll = 0b111;
constexpr CpuMask kWithoutCpu0 = 0b110;
constexpr CpuMask kWithoutCpu2 = 0b011;

Schedule with(std::initializer_list<Preemption> preemptions,
              std::initializer_list<Pick> picks = {}) {
  Schedule schedule;
  schedule.preemptions.assign(preemptions.begin(), preemptions.end());
  schedule.picks.assign(picks.begin(), picks.end());
  normalize(schedule);
  return schedule;
}

CpuId ask(Choices& choices, const Anchor& at, CpuMask runnable = kAll) {
  return choices.next_cpu({.at = at, .runnable = runnable});
}

TEST(ScheduleChoices, AnEmptyScheduleIsTheDefaultCourse) {
  const Schedule schedule = with({});
  ScheduleChoices choices(schedule);
  EXPECT_EQ(ask(choices, anchor(0, 0, 0)), kCpu0);
  EXPECT_EQ(ask(choices, anchor(0, 0, 1), kWithoutCpu0), kCpu1);
  EXPECT_EQ(choices.pick(anchor(0, 0, 1), 4), 0U);
}

TEST(ScheduleChoices, APreemptionAppliesAtItsAnchorAndNowhereElse) {
  const Schedule schedule = with({{.at = anchor(0, 1, 2), .to = kCpu2}});
  ScheduleChoices choices(schedule);
  for (std::uint32_t op = 0; op < 3; ++op) {
    for (std::uint32_t point = 0; point < 5; ++point) {
      const CpuId expected = op == 1 && point == 2 ? kCpu2 : kCpu0;
      EXPECT_EQ(ask(choices, anchor(0, op, point)), expected) << op << " " << point;
    }
  }
  EXPECT_EQ(ask(choices, anchor(1, 1, 2)), kCpu1) << "the anchor of another CPU";
}

TEST(ScheduleChoices, APreemptionToACpuThatCannotRunIsIgnored) {
  const Schedule schedule = with({{.at = anchor(0, 0, 1), .to = kCpu2}});
  ScheduleChoices choices(schedule);
  EXPECT_EQ(ask(choices, anchor(0, 0, 1), kWithoutCpu2), kCpu0);
}

TEST(ScheduleChoices, AnAnchorThatIsNeverAskedAboutDoesNotHideTheNext) {
  const Schedule schedule =
      with({{.at = anchor(0, 0, 1), .to = kCpu1}, {.at = anchor(0, 0, 3), .to = kCpu2}});
  ScheduleChoices choices(schedule);
  EXPECT_EQ(ask(choices, anchor(0, 0, 2)), kCpu0);
  EXPECT_EQ(ask(choices, anchor(0, 0, 3)), kCpu2);
}

TEST(ScheduleChoices, EachCpuHasItsOwnPlaceInTheList) {
  const Schedule schedule = with({{.at = anchor(0, 0, 1), .to = kCpu1},
                                  {.at = anchor(1, 0, 1), .to = kCpu2},
                                  {.at = anchor(2, 0, 1), .to = kCpu0},
                                  {.at = anchor(4, 0, 1), .to = kCpu1}});
  ScheduleChoices choices(schedule);
  EXPECT_EQ(ask(choices, anchor(4, 0, 1)), kCpu1);
  EXPECT_EQ(ask(choices, anchor(2, 0, 1)), kCpu0);
  EXPECT_EQ(ask(choices, anchor(0, 0, 1)), kCpu1);
  EXPECT_EQ(ask(choices, anchor(1, 0, 1)), kCpu2);
}

TEST(ScheduleChoices, APickAppliesAtItsAnchorModuloTheNumberOfAnswers) {
  const Schedule schedule =
      with({}, {{.at = anchor(1, 0, 2), .value = 3}, {.at = anchor(1, 0, 4), .value = 7}});
  ScheduleChoices choices(schedule);
  EXPECT_EQ(choices.pick(anchor(1, 0, 1), 8), 0U);
  EXPECT_EQ(choices.pick(anchor(1, 0, 2), 8), 3U);
  EXPECT_EQ(choices.pick(anchor(1, 0, 3), 8), 0U);
  EXPECT_EQ(choices.pick(anchor(1, 0, 4), 4), 3U);
  EXPECT_EQ(choices.pick(anchor(0, 0, 2), 8), 0U) << "the anchor of another CPU";
}

TEST(ScheduleChoices, TheWalkAnswersWhatTheListsLeaveOpen) {
  constexpr std::uint32_t kSeed = 0x5eed;
  Schedule schedule =
      with({{.at = anchor(0, 0, 20), .to = kCpu2}}, {{.at = anchor(0, 0, 20), .value = 5}});
  schedule.walk = kSeed;
  ScheduleChoices choices(schedule);
  RandomChoices walk(kSeed);
  int not_default = 0;
  for (std::uint32_t point = 0; point < 200; ++point) {
    const Anchor at = anchor(0, 0, point);
    const CpuId expected = point == 20 ? kCpu2 : ask(walk, at);
    ASSERT_EQ(ask(choices, at), expected) << point;
    ASSERT_EQ(choices.pick(at, 6), point == 20 ? 5U : walk.pick(at, 6)) << point;
    if (expected != kCpu0) ++not_default;
  }
  EXPECT_GT(not_default, 10) << "this seed says nothing";
}

TEST(ScheduleChoices, AWalkThatTakesOverLeavesTheListsWhatCameBefore) {
  constexpr std::uint32_t kSeed = 0x5eed;
  constexpr std::uint32_t kFrom = 40;  // In questions; two are asked at each point.
  Schedule schedule =
      with({{.at = anchor(0, 0, 5), .to = kCpu2}, {.at = anchor(0, 0, 25), .to = kCpu2}},
           {{.at = anchor(0, 0, 19), .value = 3}, {.at = anchor(0, 0, 20), .value = 5}});
  schedule.walk = kSeed;
  schedule.walk_from = kFrom;
  ScheduleChoices choices(schedule);
  RandomChoices walk(kSeed);
  for (std::uint32_t point = 0; point < 100; ++point) {
    const Anchor at = anchor(0, 0, point);
    if (point < kFrom / 2) {
      ASSERT_EQ(ask(choices, at), point == 5 ? kCpu2 : kCpu0) << point;
      ASSERT_EQ(choices.pick(at, 6), point == 19 ? 3U : 0U) << point;
    } else {
      ASSERT_EQ(ask(choices, at), ask(walk, at)) << point;
      ASSERT_EQ(choices.pick(at, 6), walk.pick(at, 6)) << point;
    }
  }
}

TEST(ScheduleChoices, TheWalkAnswersWhereAPreemptionCannotApply) {
  Schedule schedule = with({{.at = anchor(0, 0, 0), .to = CpuId{3}}});
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    schedule.walk = seed;
    ScheduleChoices choices(schedule);
    Walk walk(seed);
    ASSERT_EQ(ask(choices, anchor(0, 0, 0)), ask(walk.choices(), anchor(0, 0, 0)));
  }
}

TEST(ScheduleChoices, TearDownTakesTheDefaultCourseWhateverTheScheduleSays) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    Schedule schedule;
    schedule.walk = seed;
    ScheduleChoices choices(schedule);
    for (std::uint32_t point = 0; point < 50; ++point) {
      const Anchor at = anchor(0, kTearDownOp, point);
      ASSERT_EQ(ask(choices, at), kCpu0);
      ASSERT_EQ(ask(choices, at, kWithoutCpu0), kCpu1);
      ASSERT_EQ(choices.pick(at, 4), 0U);
    }
  }
}

// Always leaves the default course.
class Contrary final : public Choices {
 public:
  CpuId next_cpu(const RunQuestion& question) override {
    return cyclic_cpu(question.at.cpu, question.runnable, 1);
  }
  std::uint32_t pick(const Anchor& /*at*/, std::uint32_t count) override { return count - 1; }
};

TEST(ExplicitRecorder, WritesDownWhatIsNotTheDefault) {
  const Schedule source = with({{.at = anchor(0, 0, 1), .to = kCpu2}, {.at = anchor(0, 0, 2)}},
                               {{.at = anchor(0, 0, 1), .value = 7}, {.at = anchor(0, 0, 2)}});
  ScheduleChoices choices(source);
  Schedule written;
  ExplicitRecorder recorder(choices, written);
  for (std::uint32_t point = 0; point < 4; ++point) {
    ask(recorder, anchor(0, 0, point));
    recorder.pick(anchor(0, 0, point), 4);
  }
  EXPECT_TRUE(recorder.complete());
  normalize(written);
  EXPECT_EQ(written,
            with({{.at = anchor(0, 0, 1), .to = kCpu2}}, {{.at = anchor(0, 0, 1), .value = 3}}));
}

TEST(ExplicitRecorder, IsCompleteUpToTheBoundOfTheLists) {
  Contrary contrary;
  Schedule written;
  ExplicitRecorder recorder(contrary, written);
  for (std::uint32_t i = 0; i < kMaxPreemptions; ++i) ask(recorder, anchor(0, 0, i));
  for (std::uint32_t i = 0; i < kMaxPicks; ++i) recorder.pick(anchor(0, 0, i), 2);
  EXPECT_TRUE(recorder.complete());
  EXPECT_EQ(written.preemptions.size(), kMaxPreemptions);
  EXPECT_EQ(written.picks.size(), kMaxPicks);
}

TEST(ExplicitRecorder, SaysWhenTheListOfPreemptionsIsTooShort) {
  Contrary contrary;
  Schedule written;
  ExplicitRecorder recorder(contrary, written);
  for (std::uint32_t i = 0; i <= kMaxPreemptions; ++i) {
    EXPECT_EQ(ask(recorder, anchor(0, 0, i)), kCpu1) << "the answer is passed on all the same";
  }
  EXPECT_FALSE(recorder.complete());
}

TEST(ExplicitRecorder, SaysWhenTheListOfPicksIsTooShort) {
  Contrary contrary;
  Schedule written;
  ExplicitRecorder recorder(contrary, written);
  for (std::uint32_t i = 0; i <= kMaxPicks; ++i) {
    EXPECT_EQ(recorder.pick(anchor(0, 0, i), 2), 1U);
  }
  EXPECT_FALSE(recorder.complete());
}

bool is_complete_after(const Anchor& at, std::uint32_t count) {
  Contrary contrary;
  Schedule written;
  ExplicitRecorder recorder(contrary, written);
  count == 0 ? void(ask(recorder, at)) : void(recorder.pick(at, count));
  return recorder.complete();
}

TEST(ExplicitRecorder, SaysWhenAnAnchorOrAValueDoesNotFit) {
  EXPECT_TRUE(is_complete_after(anchor(0, kMaxAnchor, kMaxAnchor), 0));
  EXPECT_FALSE(is_complete_after(anchor(0, 0, kMaxAnchor + 1), 0));
  EXPECT_FALSE(is_complete_after(anchor(0, kMaxAnchor + 1, 0), 0));
  EXPECT_TRUE(is_complete_after(anchor(0, kMaxAnchor, kMaxAnchor), 256));
  EXPECT_FALSE(is_complete_after(anchor(0, 0, 0), 257));
  EXPECT_FALSE(is_complete_after(anchor(0, 0, kMaxAnchor + 1), 2));
}

}  // namespace
}  // namespace revenant
