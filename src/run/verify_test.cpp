#include "run/verify.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "schedule/generator.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

class VerifyTest : public testing::Test {
 protected:
  Schedule program(const std::string& text) const {
    return std::get<Schedule>(parse_text(text, subject_.name, OpTable(subject_.ops)));
  }
  VerifyResult verify(const Schedule& program, std::string_view variant,
                      const VerifyBounds& bounds) {
    Runner runner(machine_, subject_, *find_variant(subject_, variant));
    VisitedStates states;
    return Verifier(runner, program, bounds, states).run([](const VerifyProgress&) {
      return true;
    });
  }

  const Subject& subject_ = *find_subject(all_subjects(), "anon_vma");
  sim::Machine machine_;
};

// The mail's three CPUs.
constexpr const char* kRecycle =
    "schedule anon_vma\n"
    "cpu 0: lock page0\n"
    "cpu 1: fault mm0 page0, exit mm0\n"
    "cpu 2: fault mm1 page1\n";

TEST_F(VerifyTest, TheMailsRecycleTakesTwoPreemptions) {
  const VerifyResult one = verify(program(kRecycle), "as_posted", {.preemptions = 1, .choices = 0});
  EXPECT_FALSE(one.finding);
  EXPECT_TRUE(one.finished);
  const VerifyResult two = verify(program(kRecycle), "as_posted", {.preemptions = 2, .choices = 0});
  ASSERT_TRUE(two.finding);
  EXPECT_EQ(two.finding->kind, FindingKind::kRecycledObject);
}

TEST_F(VerifyTest, TheScheduleOfAFindingShowsItAgain) {
  const VerifyResult found = verify(program(kRecycle), "as_posted", {.preemptions = 2});
  ASSERT_TRUE(found.finding);
  Runner runner(machine_, subject_, *find_variant(subject_, "as_posted"));
  const Outcome again = runner.run(found.schedule);
  ASSERT_TRUE(again.finding);
  EXPECT_EQ(again.finding->text, found.finding->text);
}

TEST_F(VerifyTest, TheRepairedVersionIsCleanWithinTheBounds) {
  const VerifyResult result = verify(program(kRecycle), "fixed", {.preemptions = 2, .choices = 1});
  EXPECT_FALSE(result.finding);
  EXPECT_TRUE(result.finished);
}

// The ground truth of the reduction: every schedule, one by one.
TEST_F(VerifyTest, ReductionLosesNoStateAndNoFinding) {
  const OpTable table(subject_.ops);
  Rng rng(7);
  int found = 0;
  for (int i = 0; i < 40; ++i) {
    Schedule schedule = random_schedule(table, rng);
    while (schedule.cpus.size() > 3) schedule.cpus.pop_back();
    for (Ops& ops : schedule.cpus) {
      while (ops.size() > 2) ops.pop_back();
    }
    for (const char* const variant : {"m21_unlink_before_unmap", "m20_no_root_reference",
                                      "m18_no_folio_lock", "m05_plain_inc", "m12_root_first"}) {
      const VerifyBounds bounds{.preemptions = 1, .choices = 1};
      VerifyBounds all = bounds;
      all.reduces = false;
      const VerifyResult reduced = verify(schedule, variant, bounds);
      const VerifyResult whole = verify(schedule, variant, all);
      EXPECT_EQ(reduced.finding.has_value(), whole.finding.has_value())
          << variant << "\n"
          << to_text(schedule, subject_.name, table);
      if (!whole.finding) {
        EXPECT_EQ(reduced.states, whole.states);
        EXPECT_LE(reduced.schedules, whole.schedules);
      }
      found += whole.finding.has_value() ? 1 : 0;
    }
  }
  EXPECT_GT(found, 10);
}

TEST_F(VerifyTest, ASearchGoesOnWhereItWasInterrupted) {
  Runner runner(machine_, subject_, *find_variant(subject_, "as_posted"));
  const VerifyBounds bounds{.preemptions = 2, .choices = 0};
  VisitedStates states;
  Verifier first(runner, program(kRecycle), bounds, states);
  const VerifyResult some =
      first.run([&](const VerifyProgress& now) { return now.schedules < 20; });
  ASSERT_FALSE(some.finished);
  ASSERT_FALSE(some.finding);
  VisitedStates none;
  Verifier second(runner, program(kRecycle), bounds, none);
  second.resume(first.slice());
  double left = share_of(first.slice());
  const VerifyResult rest = second.run([&](const VerifyProgress&) {
    EXPECT_LE(share_of(second.slice()), left);
    left = share_of(second.slice());
    return true;
  });
  EXPECT_TRUE(rest.finding);
}

TEST_F(VerifyTest, PartsOfASearchVisitTheStatesOfTheWhole) {
  Runner runner(machine_, subject_, *find_variant(subject_, "fixed"));
  const VerifyBounds bounds{.preemptions = 2, .choices = 0};
  const VerifyResult whole = verify(program(kRecycle), "fixed", bounds);
  std::vector<VerifySlice> parts(1);
  VisitedStates states;
  std::uint64_t schedules = 0;
  // Each part goes on for a while; where it can be cut, what comes after is a part of its own.
  while (!parts.empty()) {
    VerifySlice part = parts.back();
    parts.pop_back();
    if (std::optional<VerifySlice> rest = cut_off(part)) parts.push_back(*rest);
    Verifier verifier(runner, program(kRecycle), bounds, states);
    verifier.resume(part);
    const VerifyResult result =
        verifier.run([](const VerifyProgress& now) { return now.schedules < 50; });
    schedules += result.schedules;
    if (!result.finished) parts.push_back(verifier.slice());
  }
  EXPECT_EQ(states.size(), whole.states);
  EXPECT_GT(schedules, 1000U);
}

TEST_F(VerifyTest, WithRoomForFewStatesItTakesLongerAndMissesNothing) {
  for (const bool is_buggy : {false, true}) {
    Runner runner(machine_, subject_, *find_variant(subject_, is_buggy ? "as_posted" : "fixed"));
    const VerifyBounds bounds{.preemptions = 2, .choices = 0};
    const auto search = [&](VisitedStates& states) {
      return Verifier(runner, program(kRecycle), bounds, states).run([](const VerifyProgress&) {
        return true;
      });
    };
    VisitedStates all;
    VisitedStates few(500);
    const VerifyResult whole = search(all);
    const VerifyResult forgetful = search(few);
    EXPECT_FALSE(all.forgot());
    EXPECT_TRUE(few.forgot());
    EXPECT_EQ(forgetful.states, 500U);
    EXPECT_EQ(forgetful.finding.has_value(), is_buggy);
    EXPECT_EQ(forgetful.finished, whole.finished);
    EXPECT_EQ(forgetful.schedule, whole.schedule);
    EXPECT_GT(forgetful.schedules, whole.schedules);
  }
}

TEST_F(VerifyTest, TheEstimateIsOfTheSizeOfTheTree) {
  Runner runner(machine_, subject_, *find_variant(subject_, "fixed"));
  for (const VerifyBounds& bounds :
       {VerifyBounds{.preemptions = 1, .choices = 0}, VerifyBounds{.preemptions = 2, .choices = 0},
        VerifyBounds{.preemptions = 1, .choices = 1}}) {
    VerifyBounds all = bounds;
    all.reduces = false;
    VisitedStates states;
    Verifier verifier(runner, program(kRecycle), all, states);
    const double estimate = verifier.estimate();
    const VerifyResult whole = verifier.run([](const VerifyProgress&) { return true; });
    EXPECT_GT(estimate, static_cast<double>(whole.schedules) / 2);
    EXPECT_LT(estimate, static_cast<double>(whole.schedules) * 2);
  }
}

// Two orders that the hash of states takes for one: whether the reader began its section before the
// entry was published. The rest is the same, and so must the verdict be.
TEST_F(VerifyTest, OrdersThatAreTakenForOneHaveOneVerdict) {
  const Subject& conntrack = *find_subject(all_subjects(), "nf_conntrack");
  Runner runner(machine_, conntrack, *find_variant(conntrack, "no_chain_check"));
  for (const char* const switches : {"preempt cpu 0 op 0 point 2 to cpu 1\n"
                                     "preempt cpu 0 op 0 point 5 to cpu 3\n"
                                     "preempt cpu 1 op 0 point 6 to cpu 2\n"
                                     "preempt cpu 2 op 0 point 6 to cpu 0\n"
                                     "preempt cpu 2 op 1 point 0 to cpu 0\n",
                                     "preempt cpu 0 op 0 point 5 to cpu 3\n"
                                     "preempt cpu 1 op 0 point 6 to cpu 2\n"
                                     "preempt cpu 2 op 0 point 6 to cpu 1\n"
                                     "preempt cpu 2 op 1 point 0 to cpu 0\n"}) {
    const std::string text = std::string(
                                 "schedule nf_conntrack\n"
                                 "cpu 0: find key0\n"
                                 "cpu 1: create key0\n"
                                 "cpu 2: create key2\n"
                                 "cpu 3: remove key2, create key1\n"
                                 "preempt cpu 0 op 0 point 0 to cpu 1\n") +
                             switches;
    const Outcome outcome =
        runner.run(std::get<Schedule>(parse_text(text, conntrack.name, OpTable(conntrack.ops))));
    ASSERT_TRUE(outcome.finding) << text;
    EXPECT_EQ(outcome.finding->kind, FindingKind::kBugOn);
  }
}

}  // namespace
}  // namespace revenant
