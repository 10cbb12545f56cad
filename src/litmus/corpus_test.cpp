#include <algorithm>

#include "litmus/test_files.h"

namespace revenant::litmus {
namespace {

const std::vector<std::string> kFolders{"rules", "seed", "shapes"};

const Expected& expected(const std::string& name) {
  static const std::map<std::string, std::map<std::string, Expected>> kAll = [] {
    std::map<std::string, std::map<std::string, Expected>> all;
    for (const std::string& folder : kFolders) all[folder] = expected_of(folder);
    return all;
  }();
  const std::size_t slash = name.find('/');
  return kAll.at(name.substr(0, slash)).at(name.substr(slash + 1));
}

class LitmusCorpus : public testing::TestWithParam<std::string> {};

TEST_P(LitmusCorpus, HasTheExpectedStatesAndNoOthers) {
  const LitmusTest test = test_named(GetParam());
  const Verdict verdict = judge(test, {});
  EXPECT_EQ(states_of(test, verdict), expected(GetParam()).states);
  EXPECT_EQ(word_of(verdict), expected(GetParam()).verdict);
}

INSTANTIATE_TEST_SUITE_P(Files, LitmusCorpus, testing::ValuesIn(litmus_tests(kFolders)),
                         [](const auto& parameter) { return letters_of(parameter.param); });

TEST(LitmusCorpusTest, HasAFileForEveryExpectedSetAndASetForEveryFile) {
  for (const std::string& folder : kFolders) {
    std::set<std::string> named;
    for (const auto& [name, set] : expected_of(folder)) named.insert(folder + "/" + name);
    const std::vector<std::string> files = litmus_tests({folder});
    EXPECT_EQ(named, std::set<std::string>(files.begin(), files.end()));
  }
  EXPECT_GE(litmus_tests({"shapes"}).size(), 150U);
}

TEST(LitmusCorpusTest, StateSetsDoNotDependOnReduction) {
  for (const std::string& name : litmus_tests(kFolders)) {
    const LitmusTest test = test_named(name);
    if (test.processes.size() > 3) continue;  // Without reduction, these take their time.
    const Verdict reduced = judge(test, {});
    const Verdict whole = judge(test, {.reduces = false});
    EXPECT_EQ(reduced.states, whole.states) << name;
    EXPECT_LE(reduced.explored, whole.explored) << name;
  }
}

// A race is a matter of order alone, and so are these files.
TEST(LitmusCorpusTest, OnlyTheRacingFileIsFlaggedAsARace) {
  for (const std::string& name : litmus_tests(kFolders)) {
    const Verdict verdict = judge(test_named(name), {});
    const bool is_flagged = std::ranges::find(verdict.flags, "data-race") != verdict.flags.end();
    EXPECT_EQ(is_flagged, name == "shapes/PLAIN-MP-race") << name;
  }
}

}  // namespace
}  // namespace revenant::litmus
