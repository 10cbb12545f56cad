#include <nlohmann/json.hpp>

#include "cli/test_command.h"

namespace revenant {
namespace {

const std::string kFolder = REVENANT_SOURCE_DIR "/corpus/litmus/";

using LitmusCli = Cli;

TEST_F(LitmusCli, AnswersAsHerd7Does) {
  const Ran ran = run("litmus " + kFolder + "seed/Q6a.litmus");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out.find("Test Q6a Allowed\nStates "), 0U) << ran.out;
  EXPECT_NE(ran.out.find("\nOk\nWitnesses\nPositive: "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\nObservation Q6a Sometimes "), std::string::npos) << ran.out;
}

TEST_F(LitmusCli, PrintsOneJsonDocumentOfAllTests) {
  const Ran ran =
      run("litmus --json " + kFolder + "shapes/MP.litmus " + kFolder + "shapes/LB.litmus");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  const auto json = nlohmann::json::parse(ran.out);
  ASSERT_EQ(json["tests"].size(), 2U);
  const auto& mp = json["tests"][0];
  EXPECT_EQ(mp["name"], "MP");
  EXPECT_EQ(mp["verdict"], "Sometimes");
  EXPECT_EQ(mp["states"].size(), 4U);
  EXPECT_EQ(mp["states"][0], (nlohmann::json{{"1:a", 0}, {"1:b", 0}, {"x", 1}, {"y", 1}}));
  EXPECT_TRUE(mp["flags"].empty());
  EXPECT_TRUE(mp["seconds"].is_number());
  EXPECT_EQ(json["tests"][1]["verdict"], "Never");
  EXPECT_EQ(json["tests"][1]["flags"], nlohmann::json{"no load buffering"});
}

TEST_F(LitmusCli, GivesTheSameInManyJobs) {
  const std::string files = kFolder + "seed/*.litmus";
  const auto answers = [&](const std::string& options) {
    auto json = nlohmann::json::parse(run("litmus --json " + options + files).out);
    for (auto& test : json["tests"]) test.erase("seconds");
    return json;
  };
  EXPECT_EQ(answers("").at("tests").size(), 14U);
  EXPECT_EQ(answers(""), answers("--jobs 4 "));
}

TEST_F(LitmusCli, AFaultInOneTestCostsNoOther) {
  write("bad.litmus", "C bad\n{}\nP0(int *x) { int r = 3; WRITE_ONCE(*r, 1); }\nexists (x=1)\n");
  const std::string files = "bad.litmus " + kFolder + "shapes/MP.litmus";
  const Ran ran = run("litmus " + files);
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("bad.litmus:3:"), std::string::npos) << ran.err;
  EXPECT_NE(ran.out.find("\nObservation MP Sometimes "), std::string::npos) << ran.out;
  const auto json = nlohmann::json::parse(run("litmus --json " + files).out);
  ASSERT_EQ(json["tests"].size(), 2U);
  EXPECT_NE(std::string(json["tests"][0]["error"]).find("bad.litmus:3:"), std::string::npos);
  EXPECT_EQ(json["tests"][1]["verdict"], "Sometimes");
}

TEST_F(LitmusCli, ShowsAWitness) {
  const Ran ran = run("litmus --witness text " + kFolder + "seed/Q6a.litmus");
  EXPECT_NE(ran.out.find("spin_is_locked(l) = 0  <- stale: newest is 1"), std::string::npos)
      << ran.out;
}

TEST_F(LitmusCli, ShowsAWitnessAsAPage) {
  const Ran ran = run("litmus --witness html " + kFolder + "seed/Q6a.litmus");
  EXPECT_EQ(ran.status, 0);
  const std::string opening = R"(<script type="application/json" id="run">)";
  const std::size_t begin = ran.out.find(opening) + opening.size();
  const auto document =
      nlohmann::json::parse(ran.out.substr(begin, ran.out.find("</script>", begin) - begin));
  EXPECT_NE(ran.out.find("<title>Q6a: Sometimes</title>"), std::string::npos);
  EXPECT_EQ(document["finding"]["kind"], "Sometimes");
  EXPECT_EQ(document["replay"], "revenant litmus Q6a.litmus --witness html");
  ASSERT_EQ(document["events"].size(), 4U);
  const auto& look = document["events"][3];
  EXPECT_EQ(look["text"], "spin_is_locked(l) = 0 [newest: 1]");
  EXPECT_EQ(look["code"], "r4 = spin_is_locked(l);");
  EXPECT_EQ(look["stale"], true);
  EXPECT_EQ(look["reads_from"], nullptr);
  EXPECT_EQ(
      document["holds"][0],
      (nlohmann::json{{"cpu", 0}, {"from", 0}, {"to", nullptr}, {"lock", "l"}, {"shared", false}}));
  EXPECT_EQ(document["explanation"][0],
            "Step 4: `spin_is_locked(l) = 0` of P1: stale: newest is 1.");
}

TEST_F(LitmusCli, APageIsOfOneTestThatHasAWitness) {
  const std::string file = kFolder + "seed/Q6a.litmus";
  expect_usage_error(run("litmus --witness html " + file + " " + file), "expected one FILE");
  expect_usage_error(run("litmus --witness html --json " + file), "no --json");
  expect_usage_error(run("litmus --witness html " + kFolder + "shapes/LK-hand-off.litmus"),
                     "the verdict is Never");
}

TEST_F(LitmusCli, APageOfAnUnknownVerdictSaysWhy) {
  write("loop.litmus",
        "C loop\n{}\nP0(int *x) { int r0 = READ_ONCE(*x); while (r0 == 0) r0 = READ_ONCE(*x); }\n"
        "P1(int *x) { WRITE_ONCE(*x, 1); }\nexists (0:r0=1)\n");
  const Ran ran = run("litmus --witness html loop.litmus");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("no verdict: a loop needs more than 8 rounds"), std::string::npos);
}

TEST_F(LitmusCli, WhatIsNoUtf8IsReplaced) {
  write("t.litmus", "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, /* \xff */ 1); }\nexists (x=1)\n");
  const Ran ran = run("litmus --witness text --json t.litmus");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out)["tests"][0]["verdict"], "Always");
  EXPECT_EQ(run("litmus --witness html t.litmus").status, 0);
}

TEST_F(LitmusCli, SaysWhereAFileIsNotUnderstood) {
  write("t.litmus", "C t\n{}\nP0(int *x) {\n  frob(x);\n}\nexists (x=1)\n");
  expect_usage_error(run("litmus t.litmus"),
                     "t.litmus:4:3: expected a primitive of the Linux-kernel memory model");
  write("u.litmus",
        "C u\n{}\nP0(int *x) {\n  int a = READ_ONCE(*x);\n  int b = *a;\n}\nexists (x=1)\n");
  expect_usage_error(run("litmus u.litmus"),
                     "u.litmus:5:11: expected the address of a shared word");
  expect_usage_error(run("litmus nowhere.litmus"), "nowhere.litmus");
  expect_usage_error(run("litmus --witness pdf " + kFolder + "seed/Q6a.litmus"), "--witness");
}

TEST_F(LitmusCli, ATimeoutIsANumberOfSeconds) {
  const std::string file = kFolder + "shapes/MP.litmus";
  for (const std::string bad : {"nan", "inf", "-1", "-0", "1e400", "1e10", "0x1p3", "5s", "''"}) {
    expect_usage_error(run("litmus --timeout=" + bad + " " + file),
                       "--timeout: expected a number from 0 to 1000000000, not '");
  }
  for (const std::string good : {"0", "0.5", ".5", "1e2", "007"}) {
    EXPECT_EQ(run("litmus --timeout " + good + " " + file).status, 0) << good;
  }
}

TEST_F(LitmusCli, NeverGuessesTheVerdictOfATestThatTakesTooLong) {
  std::string text = "C slow\n{}\n";
  for (int i = 0; i < 6; ++i) {
    text += "P" + std::to_string(i) +
            "(atomic_t *x, atomic_t *y, atomic_t *z) { atomic_inc_return(x); atomic_inc_return(y); "
            "atomic_inc_return(z); atomic_inc_return(y); }\n";
  }
  write("slow.litmus", text + "exists (x=77)\n");
  const Ran ran = run("litmus --json --timeout 0.05 slow.litmus");
  EXPECT_EQ(ran.status, 1);
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["tests"][0]["verdict"], "unknown");
  EXPECT_EQ(json["tests"][0]["why_unknown"], "timed out");
}

}  // namespace
}  // namespace revenant
