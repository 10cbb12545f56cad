#include "run/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "run/runner.h"
#include "schedule/generator.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

constexpr std::uint64_t kEnoughToFind = 20'000;

const Subject& anon_vma() { return *find_subject(all_subjects(), "anon_vma"); }
const Variant& variant(std::string_view name) { return *find_variant(anon_vma(), name); }

class SearchTest : public testing::Test {
 protected:
  SearchResult search(std::string_view name, std::uint64_t seed, std::uint64_t executions) {
    Runner runner(machine_, anon_vma(), variant(name));
    return Search(runner, seed).run({.executions = executions});
  }

  sim::Machine machine_;
};

void expect_equal(const SearchResult& a, const SearchResult& b) {
  EXPECT_EQ(a.executions, b.executions);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.features, b.features);
  EXPECT_EQ(a.schedule, b.schedule);
  ASSERT_EQ(a.finding.has_value(), b.finding.has_value());
  if (a.finding) EXPECT_EQ(a.finding->text, b.finding->text);
}

TEST_F(SearchTest, TheSameSeedGivesTheSameResult) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    expect_equal(search("as_posted", seed, kEnoughToFind),
                 search("as_posted", seed, kEnoughToFind));
  }
  expect_equal(search("fixed", 1, 2'000), search("fixed", 1, 2'000));
}

TEST_F(SearchTest, EveryPolicyIsRepeatable) {
  for (const SearchPolicy policy : all_search_policies()) {
    Runner runner(machine_, anon_vma(), variant("m20_no_root_reference"));
    expect_equal(Search(runner, 3, policy).run({.executions = 2'000}),
                 Search(runner, 3, policy).run({.executions = 2'000}));
    Runner clean(machine_, anon_vma(), variant("fixed"));
    expect_equal(Search(clean, 3, policy).run({.executions = 300}),
                 Search(clean, 3, policy).run({.executions = 300}));
  }
}

TEST_F(SearchTest, WhatARandomWalkFindsIsInItsSchedule) {
  Runner runner(machine_, anon_vma(), variant("m09_lock_reinit"));
  const SearchResult result =
      Search(runner, 1, SearchPolicy::kRandomWalk).run({.executions = kEnoughToFind});
  ASSERT_TRUE(result.finding.has_value());
  const Outcome outcome = runner.run(result.schedule);
  ASSERT_TRUE(outcome.finding.has_value());
  EXPECT_EQ(outcome.finding->text, result.finding->text);
}

TEST_F(SearchTest, AnotherSeedTakesAnotherWay) {
  EXPECT_NE(search("fixed", 1, 200).steps, search("fixed", 2, 200).steps);
}

TEST_F(SearchTest, FindsTheRecycleOf2010ForEverySeed) {
  for (const char* const name : {"as_posted", "as_posted_recheck"}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const SearchResult result = search(name, seed, kEnoughToFind);
      ASSERT_TRUE(result.finding.has_value()) << name << ", seed " << seed;
      EXPECT_EQ(result.finding->kind, FindingKind::kRecycledObject) << name << ", seed " << seed;
    }
  }
}

TEST_F(SearchTest, FindsTheRecycleOf2010InAHundredExecutionsOrFewerForHalfOfTheSeeds) {
  int soon = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    if (search("as_posted", seed, 100).finding) ++soon;
  }
  EXPECT_GE(soon, 10);
}

TEST_F(SearchTest, PassesOverWhatItIsToldTo) {
  Runner runner(machine_, anon_vma(), variant("as_posted"));
  Search search(runner, 1);
  constexpr FindingKind kPassed[] = {FindingKind::kRecycledObject};
  search.pass_over(kPassed);
  const SearchResult result = search.run({.executions = 5'000});
  EXPECT_FALSE(result.finding.has_value());
  EXPECT_EQ(result.executions, 5'000U);
}

TEST_F(SearchTest, TheScheduleOfAFindingHasTheFinding) {
  const SearchResult result = search("as_posted", 1, kEnoughToFind);
  ASSERT_TRUE(result.finding.has_value());
  Runner runner(machine_, anon_vma(), variant("as_posted"));
  const Outcome outcome = runner.run(result.schedule);
  ASSERT_TRUE(outcome.finding.has_value());
  EXPECT_EQ(outcome.finding->text, result.finding->text);
}

TEST_F(SearchTest, LearnsFeaturesAndKeepsTheSchedulesThatShowedThem) {
  Runner runner(machine_, anon_vma(), variant("fixed"));
  Search search(runner, 1);
  const SearchResult result = search.run({.executions = 500});
  EXPECT_GT(result.features, 20U);
  EXPECT_GT(search.corpus().size(), 3U);
  EXPECT_LT(search.corpus().size(), 500U);
}

TEST_F(SearchTest, WritesOutTheRunsThatItKeeps) {
  Runner runner(machine_, anon_vma(), variant("fixed"));
  Search search(runner, 1);
  search.run({.executions = 500});
  const auto needs_walk = std::ranges::count_if(
      search.corpus(), [](const Schedule& kept) { return kept.walk.has_value(); });
  EXPECT_LT(needs_walk, static_cast<std::ptrdiff_t>(search.corpus().size() / 4));
}

TEST_F(SearchTest, EndsAsInterruptedWhenItIsTold) {
  Runner runner(machine_, anon_vma(), variant("fixed"));
  Search search(runner, 1);
  int asked = 0;
  const SearchResult result = search.run({}, [&asked](const SearchProgress& progress) {
    EXPECT_EQ(progress.executions > 0, progress.corpus > 0);
    return ++asked < 3;
  });
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(asked, 3);
  EXPECT_GT(result.executions, 0U);
  EXPECT_FALSE(result.finding.has_value());
}

TEST_F(SearchTest, TakesNoExecutionWhenTheFirstAnswerIsNo) {
  Runner runner(machine_, anon_vma(), variant("fixed"));
  const SearchResult result =
      Search(runner, 1).run({.executions = 10}, [](const SearchProgress&) { return false; });
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.executions, 0U);
}

TEST_F(SearchTest, StopsAtTheLimitOfTime) {
  Runner runner(machine_, anon_vma(), variant("fixed"));
  const SearchResult result = Search(runner, 1).run({.seconds = std::chrono::seconds(0)});
  EXPECT_EQ(result.executions, 0U);
  EXPECT_FALSE(result.interrupted);
}

// Ops that have an effect which no primitive tells of, and a finding after so many of them.
std::atomic<int> hidden_calls = 0;
constexpr int kTooManyCalls = 20;
constexpr OpSpec kHiddenOps[] = {
    {.name = "count", .summary = "", .arguments = {}, .perform = [](const Arguments&) {
       hidden_calls.fetch_add(1, std::memory_order_relaxed);
     }}};
constexpr Variant kHiddenVariants[] = {{.name = "only", .summary = ""}};
constexpr Subject kHidden{.name = "hidden",
                          .summary = "",
                          .ops = kHiddenOps,
                          .variants = kHiddenVariants,
                          .set_up = [](const Variant&) { hidden_calls = 0; },
                          .tear_down =
                              [] {
                                if (hidden_calls < kTooManyCalls) return;
                                sim::running().raise(FindingKind::kBugOn, Site::current(),
                                                     "too many calls");
                              }};

TEST_F(SearchTest, TellsOnlyWhatComesAgainWhereAnOpHidesItsEffect) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Runner runner(machine_, kHidden, kHiddenVariants[0]);
    const SearchResult result = Search(runner, seed).run({.executions = 2'000});
    ASSERT_TRUE(result.finding.has_value()) << "seed " << seed;
    EXPECT_TRUE(runner.run(result.schedule).finding.has_value()) << "seed " << seed;
  }
}

// The five steps of the mail.
Schedule recycle() {
  constexpr std::string_view kText =
      "schedule anon_vma\n"
      "cpu 0: lock page0\n"
      "cpu 1: fault mm0 page0, exit mm0\n"
      "cpu 2: fault mm1 page1\n"
      "preempt cpu 0 op 0 point 0 to cpu 1\n"
      "preempt cpu 1 op 1 point 0 to cpu 0\n"
      "preempt cpu 0 op 0 point 5 to cpu 1\n";
  return std::get<Schedule>(parse_text(kText, "anon_vma", OpTable(anon_vma().ops)));
}

TEST_F(SearchTest, RunsTheCorpusFirstAndInOrder) {
  Runner runner(machine_, anon_vma(), variant("as_posted"));
  Search search(runner, 1);
  Schedule nothing;
  normalize(nothing);
  search.add_to_corpus(nothing);
  search.add_to_corpus(nothing);
  search.add_to_corpus(recycle());
  const SearchResult result = search.run({.executions = 100});
  EXPECT_EQ(result.executions, 3U);
  EXPECT_EQ(result.schedule, recycle());
}

TEST_F(SearchTest, DoesNotAddAgainWhatComesFromTheCorpus) {
  Runner runner(machine_, anon_vma(), variant("fixed"));
  Search search(runner, 1);
  search.add_to_corpus(recycle());
  EXPECT_GT(search.run({.executions = 1}).features, 0U);
  EXPECT_EQ(search.corpus().size(), 1U);
}

TEST_F(SearchTest, WritesOutWhatTheCorpusLeavesToBeDrawn) {
  Schedule drawn;
  drawn.cpus.resize(3);
  drawn.walk = 7;
  drawn.draws = true;
  Runner runner(machine_, anon_vma(), variant("v6_repaired"));
  const Schedule written = made_explicit(runner, drawn);
  ASSERT_FALSE(written.draws);
  Search search(runner, 1);
  search.add_to_corpus(drawn);
  search.run({.executions = 1});
  EXPECT_EQ(search.corpus(), std::vector{written});
}

TEST_F(SearchTest, ChangesWhatIsInTheCorpus) {
  const Schedule seed = recycle();
  Runner runner(machine_, anon_vma(), variant("fixed"));
  Search search(runner, 1);
  search.add_to_corpus(seed);
  search.run({.executions = 300});
  const auto shares_a_cpu = [&seed](const Schedule& schedule) {
    return schedule.cpus.size() >= 2 && schedule.cpus[1] == seed.cpus[1];
  };
  EXPECT_GT(std::ranges::count_if(search.corpus(), shares_a_cpu), 1);
}

}  // namespace
}  // namespace revenant
