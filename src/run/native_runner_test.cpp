// Schedules on real threads: what is clean stays silent, and what fails in the sim engine has a
// good chance to fail here.
#include "run/native_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "run/search.h"
#include "schedule/program_drawer.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

const Subject& anon_vma() { return *find_subject(all_subjects(), "anon_vma"); }
const Variant& variant(std::string_view name) { return *find_variant(anon_vma(), name); }

Schedule parsed(const std::string& text) {
  return std::get<Schedule>(parse_text(text, "anon_vma", OpTable(anon_vma().ops)));
}

std::vector<Schedule> corpus() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(REVENANT_SOURCE_DIR "/corpus/anon_vma")) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Schedule> schedules;
  for (const auto& file : files) {
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    schedules.push_back(parsed(text.str()));
  }
  return schedules;
}

// The five steps of the mail.
constexpr const char* kRecycle =
    "schedule anon_vma\n"
    "cpu 0: lock page0\n"
    "cpu 1: fault mm0 page0, exit mm0\n"
    "cpu 2: fault mm1 page1\n"
    "preempt cpu 0 op 0 point 0 to cpu 1\n"
    "preempt cpu 0 op 0 point 5 to cpu 1\n"
    "preempt cpu 1 op 1 point 0 to cpu 0\n";

class NativeRunnerTest : public testing::Test {
 protected:
  Outcome run(const Variant& of, const Schedule& schedule) {
    NativeRunner runner(machine_, anon_vma(), of);
    return runner.run(schedule);
  }

  native::Machine machine_{{}};
};

// With time enough no pause ends before it is needed, so the schedule decides as in the sim engine.
TEST(NativeRunnerPauses, AScheduleThatFailsInTheSimEngineFailsHere) {
  native::Machine machine({.longest_pause = std::chrono::hours(1)});
  NativeRunner runner(machine, anon_vma(), variant("as_posted"));
  const Outcome outcome = runner.run(parsed(kRecycle));
  ASSERT_TRUE(outcome.finding);
  EXPECT_EQ(outcome.finding->kind, FindingKind::kRecycledObject);
  EXPECT_EQ(outcome.finding->at.cpu, CpuId{0});
}

TEST_F(NativeRunnerTest, ACleanVariantIsSilentOnTheCorpus) {
  for (const Schedule& schedule : corpus()) {
    for (int i = 0; i < 50; ++i) {
      const Outcome outcome = run(anon_vma().variants.front(), schedule);
      ASSERT_FALSE(outcome.finding) << outcome.finding->text;
    }
  }
}

TEST_F(NativeRunnerTest, CleanVariantsAreSilentInAShortSearch) {
  for (const Variant& clean : anon_vma().variants) {
    if (clean.expected) continue;
    NativeRunner runner(machine_, anon_vma(), clean);
    Search search(runner, 1);
    search.pass_over(clean.also);
    const SearchResult result = search.run({.executions = 300});
    ASSERT_FALSE(result.finding) << clean.name << ": " << result.finding->text;
  }
}

TEST_F(NativeRunnerTest, WhatAWalkDrawsIsDrawnBeforehand) {
  NativeRunner runner(machine_, anon_vma(), anon_vma().variants.front());
  const Schedule schedule =
      parsed("schedule anon_vma\ncpu 0: fault mm0 page0\ncpu 1:\nwalk 7 draws\n");
  EXPECT_FALSE(runner.run(schedule).finding);
  ASSERT_EQ(runner.program().size(), 2U);
  EXPECT_EQ(runner.program(), drawn_ahead(OpTable(anon_vma().ops), schedule));
}

// A mutant whose every second schedule fails, whatever the threads do.
TEST_F(NativeRunnerTest, ASearchFindsAMutant) {
  const Variant& mutant = variant("m21_unlink_before_unmap");
  NativeRunner runner(machine_, anon_vma(), mutant);
  Search search(runner, 1);
  const SearchResult result = search.run({.executions = 100'000});
  ASSERT_TRUE(result.finding);
}

TEST_F(NativeRunnerTest, ARunOwesNothingToOneThatEndedWithAFinding) {
  const std::vector<Schedule> schedules = corpus();
  for (int i = 0; i < 20; ++i) {
    run(variant("as_posted"), parsed(kRecycle));
    const Outcome outcome = run(variant("fixed"), schedules[i % schedules.size()]);
    ASSERT_FALSE(outcome.finding) << outcome.finding->text;
  }
}

#ifdef REVENANT_WITH_TSAN
TEST_F(NativeRunnerTest, ALockThatIsNotTakenIsADataRace) {
  NativeRunner runner(machine_, anon_vma(), variant("m22_no_unlink_lock"));
  Search search(runner, 1);
  static constexpr FindingKind kOther[] = {FindingKind::kBugOn, FindingKind::kUseAfterFree};
  search.pass_over(kOther);
  const SearchResult result = search.run({.executions = 100'000});
  ASSERT_TRUE(result.finding);
  EXPECT_EQ(result.finding->kind, FindingKind::kDataRace);
}
#endif

}  // namespace
}  // namespace revenant
