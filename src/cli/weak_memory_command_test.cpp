// End to end: runs with weak memory, and what the commands say of it.
#include <string>

#include "cli/test_command.h"

namespace revenant {
namespace {

const std::string kLooks = "'" REVENANT_SOURCE_DIR "/corpus/anon_vma/looks_at_the_lock.schedule'";

std::size_t count_of(const std::string& what, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST_F(Cli, AVariantThatNeedsWeakMemoryHasItUnlessToldOtherwise) {
  const std::string replay = "replay anon_vma/weak_flush_if_locked " + kLooks;
  const Ran ran = run(replay);
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("It needs weak memory: 1 access did not have"), std::string::npos);
  EXPECT_NE(ran.out.find("mutex_is_locked(anon_vma0#1.lock) = false [newest: 1]"),
            std::string::npos);
  EXPECT_EQ(run(replay + " --engine-option=memory=sc").status, 0);
  EXPECT_EQ(run(replay + " --engine-option=memory=alpha").status, 1);
}

TEST_F(Cli, AFindingThatNeedsNoWeakMemorySaysSo) {
  const Ran ran = run("replay anon_vma/as_posted " + kRecycle + " --engine-option=memory=weak");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("plain interleaving"), std::string::npos);
  EXPECT_EQ(run("replay anon_vma/as_posted " + kRecycle).out.find("interleaving"),
            std::string::npos);
}

TEST_F(Cli, AMinimizedFindingHasTheOneStaleReadThatMatters) {
  const Ran ran = run("fuzz anon_vma/weak_control_dependency --artifacts found");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_EQ(count_of("[newest: ", ran.out), 2U) << "in the explanation and in the timeline";
  EXPECT_EQ(count_of("\nchoose ", ran.out), 1U);
}

// count_unordered is clean on the memory that it is declared for, and not on weak memory.
TEST_F(Cli, AFindingOfTheMemoryThatWasAskedForIsKeptMinimizedAndReplayedWithIt) {
  const Ran ran =
      run("fuzz nf_conntrack/count_unordered --engine-option=memory=weak --artifacts found");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const std::string line = "replay     revenant ";
  const std::size_t from = ran.out.find(line);
  ASSERT_NE(from, std::string::npos) << ran.out;
  const std::string command = ran.out.substr(from + line.size());
  const std::string replay = command.substr(0, command.find('\n'));
  EXPECT_EQ(run(replay).status, 1) << replay;
  const std::size_t option = replay.find(" --engine-option");
  ASSERT_NE(option, std::string::npos) << replay;
  EXPECT_EQ(run(replay.substr(0, option)).status, 0);
  for (const char* const look : {"show", "explain", "triage"}) {
    EXPECT_EQ(run(look + replay.substr(replay.find(' '))).status, 1) << look;
  }
  EXPECT_EQ(run("minimize" + replay.substr(replay.find(' ')) + " -o small.schedule").status, 0);
}

TEST_F(Cli, WithoutWeakMemoryTheMatrixExpectsNothing) {
  const Ran ran = run(
      "matrix anon_vma/weak_trylock_relaxed --engine-option=memory=sc --seeds 2 --clean-runs 5000");
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_NE(ran.out.find("weak_trylock_relaxed         clean                  clean"),
            std::string::npos);
}

TEST_F(Cli, AnUnknownMemorySaysWhatThereIs) {
  expect_usage_error(run("fuzz anon_vma --engine-option=memory=strong"),
                     "no memory 'strong'; there is: sc, weak, alpha");
  expect_usage_error(run("fuzz anon_vma --engine native --engine-option=memory=weak"),
                     "the native engine has no option 'memory=weak'");
}

TEST_F(Cli, VerifyRefusesWhatNeedsWeakMemory) {
  expect_usage_error(run("verify anon_vma/weak_repaired"),
                     "weak_repaired needs weak memory, and verify");
}

}  // namespace
}  // namespace revenant
