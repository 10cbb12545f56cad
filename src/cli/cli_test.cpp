// End to end: the command itself, as a person runs it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/files.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

// Each test has a folder of its own, which is also the current one of what it runs.
class Cli : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("revenant-cli-" + std::to_string(::getpid()) + "-" + test->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Ran run(const std::string& arguments) const {
    const std::string command = "cd '" + folder_.string() +
                                "' && '" REVENANT_BIN_DIR "/revenant' " + arguments +
                                " >out.txt 2>err.txt </dev/null";
    const int status = std::system(command.c_str());
    return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .out = read_file(folder_ / "out.txt"),
            .err = read_file(folder_ / "err.txt")};
  }

  void write(const std::string& name, const std::string& content) const {
    write_file(folder_ / name, content);
  }

  fs::path folder_;
};

const std::string kRecycle = REVENANT_SOURCE_DIR "/corpus/anon_vma/recycle_2010.schedule";

// One line that begins with the program's name.
void expect_usage_error(const Ran& ran, const std::string& text) {
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
  EXPECT_EQ(ran.err.find("revenant: "), 0U) << ran.err;
  EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
}

TEST_F(Cli, ListNamesEverySubjectVariantAndOp) {
  const Ran ran = run("list --json");
  ASSERT_EQ(ran.status, 0);
  const json subject = json::parse(ran.out)["subjects"][0];
  EXPECT_EQ(subject["name"], "anon_vma");
  EXPECT_EQ(subject["variants"][0]["expected"], nullptr);
  EXPECT_EQ(run("list").status, 0);
}

TEST_F(Cli, ReplayOfTheMailsFiveStepsFindsTheRecycledObject) {
  const Ran ran = run("replay anon_vma/as_posted " + kRecycle);
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("recycled-object in anon_vma/as_posted"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("mutex_trylock(anon_vma0#2.lock) = true"), std::string::npos);
}

TEST_F(Cli, ReplayOfTheMailsFiveStepsIsCleanOnTheFixedVersion) {
  const Ran ran = run("replay anon_vma/fixed --quiet " + kRecycle);
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find(": clean, "), std::string::npos) << ran.out;
}

TEST_F(Cli, ReplayAsJsonPrintsOneDocument) {
  const Ran ran = run("replay --json anon_vma/as_posted " + kRecycle + " " + kRecycle);
  EXPECT_EQ(ran.status, 1);
  const json document = json::parse(ran.out);
  ASSERT_EQ(document["findings"].size(), 2U);
  EXPECT_EQ(document["findings"][0]["kind"], "recycled-object");
  EXPECT_GT(document["steps"], 0);
}

TEST_F(Cli, FuzzFindsKeepsAndMinimizes) {
  const Ran ran = run("fuzz anon_vma/as_posted --seed 3 --json --runs 100000 --artifacts kept");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json document = json::parse(ran.out);
  const json finding = document["findings"][0];
  EXPECT_EQ(finding["kind"], "recycled-object");
  EXPECT_EQ(finding["variant"], "as_posted");
  EXPECT_EQ(document["seed"], 3);
  EXPECT_GT(document["executions_per_second"], 0);
  for (const char* const file : {"file", "found_file"}) {
    EXPECT_EQ(run("replay --quiet anon_vma/as_posted " + finding[file].get<std::string>()).status,
              1);
  }
  const std::string found = finding["found_file"];
  ASSERT_EQ(run("minimize anon_vma/as_posted " + found + " -o small.schedule").status, 0);
  EXPECT_EQ(run("replay --quiet anon_vma/as_posted small.schedule").status, 1);
}

TEST_F(Cli, TheSameSeedGivesByteIdenticalOutput) {
  for (const char* const arguments :
       {"fuzz anon_vma/as_posted --seed 5", "fuzz anon_vma/fixed --seed 5 --runs 2000",
        "fuzz anon_vma/as_posted --seed 5 --runs 40000 --jobs 2"}) {
    const Ran first = run(arguments);
    const Ran second = run(arguments);
    EXPECT_FALSE(first.out.empty());
    EXPECT_EQ(first.out, second.out) << arguments;
    EXPECT_EQ(first.status, second.status);
  }
}

TEST_F(Cli, FuzzIsCleanOnTheFixedVersion) {
  const Ran ran = run("fuzz anon_vma --runs 3000 --json");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(json::parse(ran.out)["executions"], 3000);
  EXPECT_TRUE(json::parse(ran.out)["findings"].empty());
}

TEST_F(Cli, FuzzKeepsItsCorpusAndStartsFromIt) {
  ASSERT_EQ(run("fuzz anon_vma --runs 500 --corpus kept").status, 0);
  const auto count = [&] {
    return std::distance(fs::directory_iterator(folder_ / "kept"), fs::directory_iterator());
  };
  const auto after_first = count();
  EXPECT_GT(after_first, 10);
  ASSERT_EQ(run("fuzz anon_vma --runs 2000 --seed 2 --corpus kept").status, 0);
  EXPECT_GT(count(), after_first);
}

TEST_F(Cli, EncodeAndDecodeAreEachOthersInverse) {
  ASSERT_EQ(run("encode anon_vma " + kRecycle + " -o bytes").status, 0);
  const Ran text = run("decode anon_vma bytes");
  ASSERT_EQ(text.status, 0);
  EXPECT_EQ(text.out.find("schedule anon_vma\ncpu 0: lock page0\n"), 0U) << text.out;
  EXPECT_EQ(run("decode anon_vma " + kRecycle).out, text.out);
  const json document = json::parse(run("decode --json anon_vma bytes").out);
  EXPECT_EQ(document["cpus"][0]["ops"][0], "lock page0");
  EXPECT_FALSE(document["preemptions"].empty());
  EXPECT_TRUE(document.contains("choices"));
}

TEST_F(Cli, AnyBytesAreAByteSchedule) {
  write("noise", std::string("\xff\xfe\x00#schedule\n\x80", 14));
  EXPECT_EQ(run("replay --quiet anon_vma noise").status, 0);
  write("nothing", "");
  EXPECT_EQ(run("replay --quiet anon_vma nothing").status, 0);
}

TEST_F(Cli, AMalformedTextIsNamedWithFileLineAndWhatWasExpected) {
  write("bad.schedule", "schedule anon_vma\ncpu 0: lock page0\ncpu 1: lock page9\n");
  expect_usage_error(run("replay anon_vma bad.schedule"),
                     "bad.schedule:3: expected page0 to page2");
  write("other.schedule", "schedule something\n");
  expect_usage_error(run("decode anon_vma other.schedule"),
                     "other.schedule:1: expected 'schedule anon_vma'");
}

TEST_F(Cli, AnUnreadableFileIsNamed) {
  expect_usage_error(run("replay anon_vma missing"), "cannot read missing: No such file");
  expect_usage_error(run("replay anon_vma ."), "it is a folder");
}

TEST_F(Cli, ABadCommandLineSaysWhatThereIs) {
  expect_usage_error(run("fuzz nothing"), "no subject 'nothing'; there is: anon_vma");
  expect_usage_error(run("fuzz anon_vma/nothing"),
                     "no variant 'nothing' of anon_vma; there is: v6_mapping_retry");
  expect_usage_error(run("fuzz anon_vma --runs many"), "--runs");
  expect_usage_error(run("fuzz anon_vma --jobs 0"), "--jobs");
  expect_usage_error(run(""), "subcommand");
  expect_usage_error(run("minimize anon_vma/fixed " + kRecycle + " -o x"), "nothing to minimize");
}

TEST_F(Cli, HelpNamesTheExitStatuses) {
  const Ran ran = run("--help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("0 clean, 1 finding, 2 bad usage"), std::string::npos) << ran.out;
}

TEST_F(Cli, CtrlCKeepsTheCorpus) {
  const std::string command = "cd '" + folder_.string() +
                              "' && timeout --foreground -s INT 2 '" REVENANT_BIN_DIR
                              "/revenant' fuzz anon_vma --corpus kept >out.txt 2>err.txt";
  std::system(command.c_str());
  EXPECT_NE(read_file(folder_ / "out.txt").find("interrupted"), std::string::npos);
  EXPECT_FALSE(fs::is_empty(folder_ / "kept"));
}

}  // namespace
}  // namespace revenant
