// The commands on a subject that does what no subject of ours does: crash, or harm the disk.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/jobs.h"
#include "cli/outcome_printer.h"
#include "cli/test_subject.h"
#include "kernel/bug.h"
#include "kernel/compiler.h"
#include "run/runner.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;

class FuzzCommand : public testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    // One name in the process of a death test and in the one that judges it.
    folder_ = fs::temp_directory_path() / ("revenant-fuzz-command-" + std::string(test->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    test::judgement = {};
  }
  void TearDown() override { fs::remove_all(folder_); }

  FuzzOptions options() const {
    return {.target = "test", .runs = 1000, .artifacts = (folder_ / "kept").string()};
  }

  fs::path folder_;
};

void touch_forbidden_memory() {
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
}

int touched_word = 0;  // Or an op would be taken for one that did nothing.

// What jobs, which are processes, count together.
std::atomic<std::uint64_t>& shared_count() {
  void* const memory = ::mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *new (memory) std::atomic<std::uint64_t>(0);
}

// Runs the command with what it prints to the stream caught.
class CaughtOutput {
 public:
  explicit CaughtOutput(std::ostream& stream = std::cout)
      : stream_(stream), original_(stream.rdbuf(text_.rdbuf())) {}
  ~CaughtOutput() { stream_.rdbuf(original_); }
  CaughtOutput(const CaughtOutput&) = delete;
  CaughtOutput& operator=(const CaughtOutput&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* original_;
};

TEST_F(FuzzCommand, ACrashOfTheSubjectIsAFindingThatSaysHowToRepeatIt) {
  test::effect = [](const Arguments&) { touch_forbidden_memory(); };
  const auto crash = [this] {
    catch_crashes();
    ::_exit(fuzz_command(test::kSubjects, options()));
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(kExitFinding),
              "^revenant: crash \\(SIGSEGV\\) in test/only: after 0 executions or some more; "
              "`revenant fuzz test/only --seed 1` repeats it\n");
}

TEST_F(FuzzCommand, ACrashKeepsTheCorpusAndTheHintSaysWhatItWas) {
  test::effect = [](const Arguments&) { kernel::WRITE_ONCE(touched_word, 1); };
  for (const int files : {0, 1}) {
    const fs::path corpus = folder_ / std::to_string(files);
    const auto crash = [&] {
      catch_crashes();
      if (files > 0) write_file(corpus / "x.schedule", "schedule test\ncpu 0: act a0 b0\n");
      std::atomic<std::uint64_t>& runs = shared_count();
      test::judgement = [&runs] {
        if (++runs > 1500) touch_forbidden_memory();
      };
      FuzzOptions with_corpus = options();
      with_corpus.runs = 2000;
      with_corpus.corpus = corpus.string();
      ::_exit(fuzz_command(test::kSubjects, with_corpus));
    };
    const std::string hint = files == 0
                                 ? "--seed 1` repeats it\n"
                                 : "--seed 1 --corpus " + corpus.string() + "` repeats it, with " +
                                       corpus.string() + " as it began \\(1 file\\)\n";
    EXPECT_EXIT(crash(), testing::ExitedWithCode(kExitFinding),
                "after 1024 executions or some more; `revenant fuzz test/only " + hint);
  }
  EXPECT_GT(files_in(folder_ / "1").size(), 1U);
}

TEST_F(FuzzCommand, AJobThatEndsForABugOfOursDoesNotCostWhatOthersLearned) {
  std::atomic<std::uint64_t>& runs = shared_count();
  test::judgement = [&runs] {
    // Then both have learned something, for none is a round ahead.
    if (++runs == 3 * kJobRound / 2) ::_exit(kExitHarnessBug);
  };
  test::effect = [](const Arguments&) { kernel::WRITE_ONCE(touched_word, 1); };
  FuzzOptions in_jobs = options();
  in_jobs.runs = 0;
  in_jobs.jobs = 2;
  in_jobs.corpus = (folder_ / "corpus").string();
  const CaughtOutput out;
  try {
    fuzz_command(test::kSubjects, in_jobs);
    ADD_FAILURE() << "no error";
  } catch (const UserError& error) {
    ADD_FAILURE() << "not of the user: " << error.what();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "a job ended with status 3, and what it knew is lost");
  }
  EXPECT_NE(out.text().find(", interrupted\nno finding\n"), std::string::npos) << out.text();
  EXPECT_EQ(out.text().find(" 0 executions"), std::string::npos) << out.text();
  EXPECT_FALSE(files_in(in_jobs.corpus).empty());
}

TEST_F(FuzzCommand, ACrashOfAJobIsAFindingOfTheCommand) {
  test::effect = [](const Arguments&) { touch_forbidden_memory(); };
  const auto crash = [this] {
    catch_crashes();
    FuzzOptions in_jobs = options();
    in_jobs.jobs = 2;
    ::_exit(fuzz_command(test::kSubjects, in_jobs));
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(kExitFinding), "crash \\(SIGSEGV\\) in test/only");
}

// Each CPU of a schedule is a thread then, and the first of them the one that runs all else.
TEST_F(FuzzCommand, ACrashOnAnyThreadThatIsACpuIsAFinding) {
  test::effect = [](const Arguments&) { touch_forbidden_memory(); };
  for (const std::string cpus : {"cpu 0: act a0 b0\ncpu 1:\n", "cpu 0:\ncpu 1: act a0 b0\n",
                                 "cpu 0: act a0 b0\ncpu 1: act a0 b0\ncpu 2: act a0 b0\n"}) {
    const std::string file = (folder_ / "x.schedule").string();
    write_file(file, "schedule test\n" + cpus + "walk 0x1\n");
    const auto crash = [&file] {
      catch_crashes();
      replay_command(test::kSubjects,
                     {.target = "test", .files = {file}, .engine = {.engine = "native"}});
    };
    EXPECT_EXIT(crash(), testing::ExitedWithCode(kExitFinding),
                "^revenant: crash \\(SIGSEGV\\) in test/only: the schedule is in " + file + "\n$")
        << cpus;
  }
}

TEST_F(FuzzCommand, ACrashInAReplayNamesTheFile) {
  test::effect = [](const Arguments&) { touch_forbidden_memory(); };
  const std::string file = (folder_ / "x.schedule").string();
  write_file(file, "schedule test\ncpu 0: act a0 b0\n");
  const auto crash = [&file] {
    catch_crashes();
    replay_command(test::kSubjects, {.target = "test", .files = {file}});
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(kExitFinding),
              "^revenant: crash \\(SIGSEGV\\) in test/only: the schedule is in " + file + "\n$");
}

TEST_F(FuzzCommand, ACrashOutsideTheSubjectIsAHarnessBug) {
  const auto crash = [] {
    catch_crashes();
    touch_forbidden_memory();
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(kExitHarnessBug),
              "^revenant: harness bug: crash \\(SIGSEGV\\)\n$");
}

TEST_F(FuzzCommand, AFindingIsPrintedThoughItCannotBeWritten) {
  const fs::path kept = folder_ / "kept";
  test::effect = [kept](const Arguments&) {
    fs::remove_all(kept);
    write_file(kept, "a file where the folder was");
    test::raise_bug();
  };
  const CaughtOutput out;
  EXPECT_THROW(fuzz_command(test::kSubjects, options()), UserError);
  EXPECT_NE(out.text().find("bug-on in test/only"), std::string::npos) << out.text();
  EXPECT_NE(out.text().find("schedule test\n"), std::string::npos) << out.text();
}

TEST_F(FuzzCommand, SarifIsWrittenWhateverCameOut) {
  const std::string sarif = (folder_ / "x.sarif").string();
  FuzzOptions with_sarif = options();
  with_sarif.sarif = sarif;
  const CaughtOutput out;
  test::effect = [](const Arguments&) { test::raise_bug(); };
  EXPECT_EQ(fuzz_command(test::kSubjects, with_sarif), kExitFinding);
  EXPECT_NE(read_file(sarif).find("as the test wants it"), std::string::npos);
  test::effect = [](const Arguments&) {};
  EXPECT_EQ(fuzz_command(test::kSubjects, with_sarif), kExitClean);
  EXPECT_EQ(read_file(sarif).find("as the test wants it"), std::string::npos);
  with_sarif.sarif = folder_.string();
  EXPECT_THROW(fuzz_command(test::kSubjects, with_sarif), UserError);
}

TEST_F(FuzzCommand, SarifHasWhatNoReplayShowsAgain) {
  for (const std::string engine : {"native", "sim"}) {
    std::atomic<std::uint64_t>& runs = shared_count();
    test::effect = [&runs, engine](const Arguments&) {
      if (runs++ > 0) return;
      if (engine == "native") BUG_ON(true);
      sim::running().raise(FindingKind::kUbsan, Site::current(), "as a sanitizer saw it");
    };
    FuzzOptions with_sarif = options();
    with_sarif.sarif = (folder_ / "x.sarif").string();
    with_sarif.engine.engine = engine;
    const CaughtOutput out;
    EXPECT_EQ(fuzz_command(test::kSubjects, with_sarif), kExitFinding);
    const auto results = nlohmann::json::parse(read_file(with_sarif.sarif))["runs"][0]["results"];
    ASSERT_EQ(results.size(), 1U) << engine;
    const std::string message = results[0]["message"]["text"];
    EXPECT_NE(message.find(engine == "native" ? "(failed 0 of 1000 replays)" : "(seen once; "),
              std::string::npos)
        << message;
  }
}

#ifdef REVENANT_WITH_UBSAN
TEST_F(FuzzCommand, WhatUbsanReportsButOnceIsAFinding) {
  test::effect = [](const Arguments& arguments) {
    const volatile int most = std::numeric_limits<int>::max();
    [[maybe_unused]] const volatile int sum = most + 1 + arguments[0];
  };
  const CaughtOutput out;
  EXPECT_EQ(fuzz_command(test::kSubjects, options()), kExitFinding);
  EXPECT_NE(out.text().find("ubsan in test/only"), std::string::npos) << out.text();
  EXPECT_NE(out.text().find("\nschedule test\ncpu 0: act a0 b0\n"), std::string::npos)
      << out.text();
}
#endif

TEST_F(FuzzCommand, AMatrixKeepsTheScheduleOfWhatIsNotDeclared) {
  test::effect = [](const Arguments&) { test::raise_bug(); };
  const CaughtOutput output;
  const CaughtOutput errors(std::cerr);
  const int status = matrix_command(
      test::kSubjects, {.subject = "test", .seeds = 1, .artifacts = options().artifacts});
  EXPECT_EQ(status, kExitFinding);
  const std::vector<fs::path> files = files_in(options().artifacts);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(errors.text(),
            "revenant: test/only does not declare bug-on: " + files[0].string() + "\n");
  sim::Machine machine;
  Runner runner(machine, test::kSubject, test::kVariants[0]);
  EXPECT_TRUE(runner.run(read_schedule(files[0], "test", OpTable(test::kOps))).finding.has_value());
}

}  // namespace
}  // namespace revenant
