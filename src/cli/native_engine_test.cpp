// End to end: the commands with --engine native.
#include <nlohmann/json.hpp>

#include "cli/test_command.h"

namespace revenant {
namespace {

using nlohmann::json;

TEST_F(Cli, ReplayOnThreadsSaysHowOftenAScheduleFailed) {
  const Ran ran = run("replay anon_vma/as_posted " + kRecycle + " --engine native --repeat 200");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_NE(ran.out.find("recycled-object in anon_vma/as_posted"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(" of 200 runs"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("failed 0 of"), std::string::npos) << ran.out;
}

TEST_F(Cli, ReplayOnThreadsIsCleanOnTheFixedVersionWithEachFlavor) {
  for (const std::string flavor : {"memb", "mb", "qsbr", "bp"}) {
    const Ran ran = run("replay anon_vma/fixed " + kRecycle +
                        " --quiet --engine native --repeat 50 --engine-option=flavor=" + flavor);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.out.find("failed 0 of 50 runs"), std::string::npos) << ran.out;
  }
}

TEST_F(Cli, FuzzOnThreadsFindsAndKeeps) {
  const Ran ran = run("fuzz anon_vma/m21_unlink_before_unmap --engine native --json");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json finding = json::parse(ran.out)["findings"][0];
  const std::string file = finding["file"];
  EXPECT_TRUE(fs::exists(folder_ / file));
  EXPECT_NE(finding["signature"], "");
}

TEST_F(Cli, FuzzOnThreadsSaysHowToReplay) {
  const Ran ran =
      run("fuzz anon_vma/m21_unlink_before_unmap --engine native --engine-option=flavor=mb");
  ASSERT_EQ(ran.status, 1) << ran.err;
  EXPECT_NE(ran.out.find(" of 1000 replays"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(".schedule --engine native --engine-option=flavor=mb --repeat 1000"),
            std::string::npos)
      << ran.out;
}

TEST_F(Cli, FuzzOnThreadsIsCleanOnTheDefaultVariant) {
  const Ran ran = run("fuzz anon_vma --engine native --runs 500");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
}

TEST_F(Cli, JobsRunOnThreadsOfTheirOwn) {
  const Ran ran = run("fuzz anon_vma --engine native --runs 500 --jobs 2 --json");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(json::parse(ran.out)["executions"], 500);
}

TEST_F(Cli, MatrixOnThreadsNotesWhatIsFoundFirst) {
  const Ran ran = run("matrix anon_vma/m21_unlink_before_unmap --engine native --time 60 --json");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json row = json::parse(ran.out)["rows"][0];
  EXPECT_NE(row["found"], "nothing");
  EXPECT_GT(row["executions"]["max"], 0);
}

TEST_F(Cli, AnUnknownEngineOrOptionSaysWhatThereIs) {
  const std::string replay = "replay anon_vma " + kRecycle;
  expect_usage_error(run(replay + " --engine real"), "no engine 'real'; there is: sim, native");
  expect_usage_error(run(replay + " --engine native --engine-option=flavor=signal"),
                     "no flavor 'signal' of RCU; there is: memb, mb, qsbr, bp");
  expect_usage_error(run(replay + " --engine native --engine-option=color=red"),
                     "the native engine has no option 'color=red'; there is: flavor=NAME");
  expect_usage_error(run(replay + " --engine-option=flavor=mb"),
                     "the sim engine has no option 'flavor=mb'");
  expect_usage_error(run("matrix --time 1"), "--time is for --engine native");
}

}  // namespace
}  // namespace revenant
