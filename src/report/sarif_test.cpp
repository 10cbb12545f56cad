#include "report/sarif.h"

#include "report/test_run.h"

namespace revenant {
namespace {

nlohmann::ordered_json result_of(const RecordedRun& run) {
  return sarif_result(run.input(), run.recording(), "x.schedule");
}

TEST(Sarif, AResultHasWhatACodeScanningPageNeeds) {
  const auto document =
      sarif_document(nlohmann::ordered_json::array({result_of({"recycle_2010", "as_posted"})}));
  EXPECT_EQ(document["version"], "2.1.0");
  const auto& run = document["runs"][0];
  const auto& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "recycled-object");
  EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<int>()]["id"],
            "recycled-object");
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "src/subjects/anon_vma/ops.cpp");
  EXPECT_NE(result["message"]["text"].get<std::string>().find("frees anon_vma0#1"),
            std::string::npos);
  EXPECT_NE(result["partialFingerprints"]["revenantSignature/v1"].get<std::string>().find(
                "recycled-object"),
            std::string::npos);
}

TEST(Sarif, EachCpuIsAThreadFlowInTheOrderOfTheRun) {
  const auto flows = result_of({"recycle_2010", "as_posted"})["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(flows.size(), 3U);
  for (const auto& flow : flows) {
    int last = 0;
    for (const auto& location : flow["locations"]) {
      EXPECT_GE(location["executionOrder"].get<int>(), last);
      last = location["executionOrder"];
    }
  }
}

TEST(Sarif, WhatWasSeenOnceIsAResultWithoutAPlace) {
  const RecordedRun run("recycle_2010", "as_posted");
  const auto result = sarif_result({.subject = run.input().subject,
                                    .variant = run.input().variant,
                                    .kind = FindingKind::kDataRace,
                                    .signature = "data-race in anon_vma",
                                    .text = "failed 0 of 1000 replays",
                                    .schedule_file = "x.schedule"});
  EXPECT_EQ(result["ruleId"], "data-race");
  EXPECT_EQ(result["message"]["text"], "failed 0 of 1000 replays");
  EXPECT_EQ(result["properties"]["schedule"], "x.schedule");
  EXPECT_FALSE(result.contains("locations"));
}

}  // namespace
}  // namespace revenant
