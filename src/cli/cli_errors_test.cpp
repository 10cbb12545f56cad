// End to end: what the command says when it cannot do as it is told.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>

#include "cli/test_command.h"

namespace revenant {
namespace {

TEST_F(Cli, AMalformedTextIsNamedWithFileLineAndWhatWasExpected) {
  write("bad.schedule", "schedule anon_vma\ncpu 0: lock page0\ncpu 1: lock page9\n");
  expect_usage_error(run("replay anon_vma bad.schedule"),
                     "bad.schedule:3: expected page0 to page2");
  write("other.schedule", "schedule something\n");
  expect_usage_error(run("decode anon_vma other.schedule"),
                     "other.schedule:1: expected 'schedule anon_vma'");
}

TEST_F(Cli, AMalformedTextOfAnotherNameIsReadAsBytesAndSaidToBe) {
  write("bad", "schedule anon_vma\ncpu 0: lock page9\n");
  const Ran ran = run("replay anon_vma bad --quiet");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err,
            "revenant: bad:2: expected page0 to page2; read as bytes, for its name does not "
            "end in .schedule\n");
}

TEST_F(Cli, ATextOfAnyNameMayBeginWithCommentsOrAByteOrderMark) {
  const std::string recycle = read_file(kRecycle);
  write("commented", "# mine\n\n" + recycle);
  write("marked", "\xef\xbb\xbf" + recycle);
  for (const char* const name : {"commented", "marked"}) {
    EXPECT_EQ(run(std::string("replay --quiet anon_vma/as_posted ") + name).status, 1) << name;
  }
}

TEST_F(Cli, AnEngineOptionTakesOneValue) {
  write("a.schedule", read_file(kRecycle));
  const Ran ran =
      run("replay anon_vma/as_posted --engine-option=memory=sc a.schedule a.schedule --quiet");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 2);
}

TEST_F(Cli, NumbersAreDecimalHoweverTheyBegin) {
  const Ran ran = run("fuzz anon_vma/fixed --runs 010 --seed 08");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("seed 8: 10 executions"), std::string::npos) << ran.out;
}

TEST_F(Cli, ANameThatIsNotUtf8IsReplacedInJson) {
  write("bad\xff.schedule", read_file(kRecycle));
  const Ran ran = run("replay anon_vma/as_posted --json bad\xff.schedule");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_NE(ran.out.find("bad\xef\xbf\xbd.schedule"), std::string::npos) << ran.out;
}

TEST_F(Cli, WhoStopsReadingDoesNotCostTheFinding) {
  const Ran ran = run_shell("{ " + kProgram +
                            "fuzz anon_vma/as_posted --seed 7 --artifacts kept 2>err.txt; "
                            "echo $? >out.txt; } | true");
  EXPECT_EQ(ran.out, "2\n") << ran.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "kept"), {}), 2);
}

TEST_F(Cli, ACheckpointOfAnotherProgramOrThatWasEditedIsRefused) {
  const std::string verify = "verify anon_vma/as_posted --program p.schedule --checkpoint ck";
  write("p.schedule", "schedule anon_vma\ncpu 0: lock page0\n");
  EXPECT_EQ(run(verify).status, 0);
  EXPECT_EQ(run(verify).status, 0);
  std::string edited = read_file(folder_ / "ck");
  const std::size_t number = edited.find("\"schedules\":1");
  ASSERT_NE(number, std::string::npos) << edited;
  write("p.schedule", read_file(kRecycle));
  expect_usage_error(run(verify), "ck: expected a checkpoint of the search");
  write("p.schedule", "schedule anon_vma\ncpu 0: lock page0\n");
  write("ck", edited.replace(number, 13, "\"schedules\":2"));
  expect_usage_error(run(verify), "ck: expected a checkpoint of the search");
  fs::create_symlink("loop", folder_ / "loop");
  expect_usage_error(run("verify anon_vma --ops 1 --checkpoint loop"), "cannot read loop");
  expect_usage_error(run("verify anon_vma --ops 1 --checkpoint /proc/no/ck"), "cannot write");
}

TEST_F(Cli, ARegressionHasANameOfACorpusAndIsNotWrittenOver) {
  const std::string minimize = "minimize anon_vma/as_posted " + kRecycle + " --into ";
  for (const char* const name : {"'kept/Foo x'", "kept/", "kept/a-b.schedule"}) {
    expect_usage_error(run(minimize + name), "expected DIR/NAME, NAME of a-z, 0-9 and _");
  }
  write("there.schedule", "as it was");
  expect_usage_error(run(minimize + "there"), "there.schedule is there already");
  EXPECT_EQ(read_file(folder_ / "there.schedule"), "as it was");
}

TEST_F(Cli, OptionsThatDoNotGoTogetherAreRefused) {
  expect_usage_error(run("matrix --engine native --seeds 3"), "on threads it is --time");
  expect_usage_error(run("bench --searches --filter x"), "not for --searches");
  expect_usage_error(run("bench --seeds 20"), "--seeds requires --searches");
  expect_usage_error(run("bench --runs 5000"), "--runs requires --searches");
  expect_usage_error(run("bench --policy fresh"), "--policy requires --searches");
  expect_usage_error(run("bench --searches --time 1"), " excludes --");
  expect_usage_error(run("bench --filter '('"), "expected a regular expression, not '('");
}

// Not the status of what is clean, for nothing is settled.
TEST_F(Cli, AVerificationThatIsNotFinishedHasNoVerdict) {
  const Ran ran = run("verify anon_vma --ops 4 --cpus 3 --time 1");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out.find("unfinished: "), 0U) << ran.out;
}

TEST_F(Cli, AnUnreadableFileIsNamed) {
  expect_usage_error(run("replay anon_vma missing"), "cannot read missing: No such file");
  expect_usage_error(run("replay anon_vma ."), "it is a folder");
}

TEST_F(Cli, ABadCommandLineSaysWhatThereIs) {
  expect_usage_error(run("fuzz nothing"), "no subject 'nothing'; there is: anon_vma");
  expect_usage_error(run("fuzz anon_vma/nothing"),
                     "no variant 'nothing' of anon_vma; there is: v6_repaired");
  expect_usage_error(run("fuzz anon_vma --runs many"), "--runs");
  expect_usage_error(run(""), "no command given; there is: list, fuzz, replay");
  expect_usage_error(run("bogus"), "no command 'bogus'; there is: list, fuzz, replay");
  expect_usage_error(run("minimize anon_vma/fixed " + kRecycle + " -o x"), "nothing to minimize");
}

TEST_F(Cli, AnUnknownPolicySaysWhatThereIs) {
  const std::string there_is = "no policy 'best'; there is: default, fresh, random-walk";
  expect_usage_error(run("fuzz anon_vma --runs 1 --policy best"), there_is);
  expect_usage_error(run("matrix anon_vma --policy best"), there_is);
  expect_usage_error(run("bench --searches --policy best"), there_is);
}

TEST_F(Cli, ANumberOutOfBoundsIsRefused) {
  for (const char* const number :
       {"--runs=-1", "--runs ''", "--runs 99999999999999999999", "--seed=-1", "--seed 0x5",
        "--seed 1.5", "--time=-1", "--time 1000000001", "--jobs 0", "--jobs 257"}) {
    const std::string option(number, 6);
    expect_usage_error(run("fuzz anon_vma " + std::string(number)), option + ": expected a number");
  }
  expect_usage_error(run("matrix --runs 0"), "--runs: expected a number");
  expect_usage_error(run("matrix --clean-runs 0"), "--clean-runs: expected a number");
}

TEST_F(Cli, AnErrorIsOneLineWhateverWasGiven) {
  expect_usage_error(run("fuzz 'two\nlines'"), "no subject 'two lines'");
  expect_usage_error(run("replay anon_vma 'two\nlines'"), "cannot read two lines");
}

TEST_F(Cli, AFileWhoseReadingFailsIsNamed) {
  expect_usage_error(run("replay anon_vma /proc/self/mem"), "cannot read /proc/self/mem");
}

TEST_F(Cli, AClosedStandardOutputIsAnError) {
  write("out.txt", "");
  expect_usage_error(run_shell(kProgram + "list >&- 2>err.txt"), "cannot write to standard output");
}

TEST_F(Cli, AnUnusableFolderIsNamedBeforeAnythingRuns) {
  write("file", "");
  expect_usage_error(run("fuzz anon_vma/as_posted --artifacts file"),
                     "cannot write to folder file");
  expect_usage_error(run("fuzz anon_vma/as_posted --corpus file/kept"),
                     "cannot write to folder file/kept");
  expect_usage_error(run("matrix nf_conntrack --clean-runs 1 --seeds 1 --runs 1 --artifacts file"),
                     "cannot write to folder file");
}

TEST_F(Cli, AnUnfinishedFileIsNoneOfTheCorpus) {
  write("kept/x.1.tmp", "schedule anon_vma\ncpu 0: lock page9\n");
  const Ran ran = run("fuzz anon_vma --runs 10 --corpus kept");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err.find("x.1.tmp"), std::string::npos) << ran.err;
}

TEST_F(Cli, WhatCannotBeMinimizedLeavesTheOutputAsItWas) {
  write("kept.schedule", "as it was");
  write("kept", "no folder");
  const std::string clean = REVENANT_SOURCE_DIR "/corpus/anon_vma/fault_exit.schedule";
  expect_usage_error(run("minimize anon_vma/as_posted " + clean + " -o kept.schedule"),
                     "gives no finding on anon_vma/as_posted, so there is nothing to minimize");
  expect_usage_error(run("minimize anon_vma/nothing " + clean + " -o kept.schedule"),
                     "no variant 'nothing'");
  expect_usage_error(run("minimize anon_vma/as_posted missing -o kept.schedule"),
                     "cannot read missing");
  expect_usage_error(run("minimize anon_vma/as_posted " + kRecycle + " -o kept/x"),
                     "cannot write to folder kept");
  expect_usage_error(run("minimize anon_vma/as_posted " + kRecycle + " -o ."), "it is a folder");
  expect_usage_error(run("minimize anon_vma/as_posted " + kRecycle), "--into");
  expect_usage_error(
      run("minimize anon_vma/as_posted " + kRecycle + " -o kept.schedule --into kept"), "--into");
  EXPECT_EQ(read_file(folder_ / "kept.schedule"), "as it was");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 4)
      << "the two, and what the command printed";
}

}  // namespace
}  // namespace revenant
