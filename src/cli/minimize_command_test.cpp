// Minimizing what a process does not survive, or shows but once.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <limits>
#include <sstream>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/forked_judge.h"
#include "cli/minimize_progress.h"
#include "cli/test_subject.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;

void touch_forbidden_memory() {
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
}

class MinimizeCommand : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("revenant-minimize-" + std::to_string(::getpid()) + "-" + test->name());
    fs::create_directories(folder_);
    test::judgement = {};
    std::cout.rdbuf(out_.rdbuf());
  }
  void TearDown() override {
    std::cout.rdbuf(stdout_);
    fs::remove_all(folder_);
  }

  // The text that a schedule becomes.
  std::string minimized(const std::string& text) const {
    const std::string file = (folder_ / "given.schedule").string();
    const std::string output = (folder_ / "small.schedule").string();
    write_file(file, text);
    EXPECT_EQ(minimize_command(test::kSubjects, {.target = "test", .file = file, .output = output}),
              kExitClean);
    return read_file(output);
  }

  fs::path folder_;
  std::ostringstream out_;
  std::streambuf* stdout_ = std::cout.rdbuf();
};

constexpr const char* kManyOps =
    "schedule test\n"
    "cpu 0: act a1 b1, act a7 b2, act a3 b3\n"
    "cpu 1: act a4 b1, act a7 b9\n"
    "preempt cpu 0 op 1 point 0 to cpu 1\n";

TEST_F(MinimizeCommand, ACrashGetsSmallerAndTheCommandSurvivesIt) {
  test::effect = [](const Arguments& arguments) {
    if (arguments[0] == 7) touch_forbidden_memory();
  };
  EXPECT_EQ(minimized(kManyOps), "schedule test\ncpu 0: act a7 b0\n");
}

TEST_F(MinimizeCommand, ACrashIsNotTakenForAnotherOneNorForAFinding) {
  test::effect = [](const Arguments& arguments) {
    if (arguments[0] == 7) touch_forbidden_memory();
    if (arguments[0] == 6) std::raise(SIGFPE);
    if (arguments[0] == 5) test::raise_bug();
  };
  ForkedJudge judge(test::kTarget);
  std::vector<Schedule> candidates(5);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].cpus.resize(1);
    candidates[i].cpus[0] = {OpCall{.op = 0, .arguments = {static_cast<std::uint8_t>(8 - i), 0}}};
  }
  const auto first = [&](const char* signature) {
    judge.look_for(signature);
    return judge.first_failing(candidates);
  };
  EXPECT_EQ(judge.verdict_on(candidates[1])->signature, "crash (SIGSEGV)");
  EXPECT_EQ(judge.verdict_on(candidates[2])->signature, "crash (SIGFPE)");
  EXPECT_EQ(first("crash (SIGSEGV)"), 1U);
  EXPECT_EQ(first("crash (SIGFPE)"), 2U);
  EXPECT_EQ(first(judge.verdict_on(candidates[3])->signature.c_str()), 3U);
  EXPECT_EQ(first("crash (SIGBUS)"), std::nullopt);
  EXPECT_FALSE(judge.verdict_on(candidates[0]).has_value());
}

TEST_F(MinimizeCommand, WhatACandidateBreaksIsWholeForTheCommand) {
  int runs = 0;
  test::effect = [&runs](const Arguments& arguments) {
    ++runs;
    if (arguments[0] == 7) test::raise_bug();
  };
  minimized(kManyOps);
  EXPECT_EQ(runs, 0);
}

TEST_F(MinimizeCommand, ARunsQuestionsAreThoseThatAPreemptionCouldAnswer) {
  test::effect = [](const Arguments&) {};
  Schedule schedule;
  schedule.cpus.resize(2);
  schedule.cpus[0] = {OpCall{}, OpCall{}};
  schedule.cpus[1] = {OpCall{}};
  ForkedJudge judge(test::kTarget);
  const std::vector<Questions> runs = judge.questions({{schedule, schedule}});
  ASSERT_EQ(runs.size(), 2U);
  ASSERT_FALSE(runs[1].empty());
  EXPECT_EQ(runs[1][0].at, (Anchor{}));
  EXPECT_EQ(runs[1][0].runnable, 3U);
}

#ifdef REVENANT_WITH_UBSAN
TEST_F(MinimizeCommand, WhatUbsanReportsButOnceGetsSmaller) {
  test::effect = [](const Arguments& arguments) {
    const volatile int most = std::numeric_limits<int>::max();
    if (arguments[0] != 7) return;
    [[maybe_unused]] const volatile int sum = most + arguments[0];
  };
  EXPECT_EQ(minimized(kManyOps), "schedule test\ncpu 0: act a7 b0\n");
}
#endif

TEST(MinimizeLine, ShowsHowFarItGotAndClearsThat) {
  Schedule schedule;
  schedule.cpus.resize(2);
  testing::internal::CaptureStderr();
  MinimizeLine(true).update({.best = schedule, .executions = 5});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "\r\x1b[Kminimizing: 2 CPUs, 0 ops, 0 preemptions, 0 choices; 5 executions\r\x1b[K");
}

TEST(MinimizeLine, SaysNothingWhereThereIsNoTerminal) {
  testing::internal::CaptureStderr();
  MinimizeLine(false).update({.best = Schedule{}, .executions = 5});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace revenant
