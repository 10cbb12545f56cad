// End to end: `revenant bench`.
#include <nlohmann/json.hpp>

#include "cli/test_command.h"

namespace revenant {
namespace {

using nlohmann::json;

TEST_F(Cli, BenchGivesOneJsonDocumentWithTheMachineAndEachResult) {
  const Ran ran = run("bench --json --time 0 --filter 'engine/(slot|slab)_reuse|fiber'");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const json document = json::parse(ran.out);
  EXPECT_GE(document["machine"]["cores"], 1);
  ASSERT_EQ(document["results"].size(), 3U);
  const json first = document["results"][0];
  EXPECT_EQ(first["name"], "engine/slot_reuse");
  EXPECT_EQ(first["unit"], "schedules/s");
  EXPECT_GT(first["value"], 0);
  EXPECT_TRUE(first["sanitizer"].is_string());
}

TEST_F(Cli, BenchGivesATableAndNothingElse) {
  const Ran ran = run("bench --time 0 --filter read_once");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out.find("| name | value | unit | sanitizer |\n| --- |"), 0U) << ran.out;
  EXPECT_NE(ran.out.find("| primitive/read_once | "), std::string::npos);
  EXPECT_EQ(ran.err, "");
}

TEST_F(Cli, BenchComparesPoliciesByHowSoonTheyFind) {
  const Ran ran = run("bench --json --searches --seeds 2 --runs 300");
  ASSERT_EQ(ran.status, 0) << ran.err;
  bool is_there = false;
  const json document = json::parse(ran.out);
  for (const json& result : document["results"]) {
    ASSERT_EQ(result["unit"], "executions");
    if (result["name"] != "search/anon_vma/m21_unlink_before_unmap/default") continue;
    is_there = true;
    EXPECT_EQ(result["seeds_found"], 2);
    EXPECT_LT(result["value"], 300);
  }
  EXPECT_TRUE(is_there);
  const Ran table = run("bench --searches --policy fresh --seeds 1 --runs 20");
  EXPECT_EQ(table.out.find("| variant of anon_vma | fresh |\n| --- | ---: |\n"), 0U) << table.out;
  EXPECT_NE(table.out.find("| variant of nf_conntrack | fresh |\n"), std::string::npos)
      << table.out;
  EXPECT_NE(table.out.find("| geometric mean of medians | "), std::string::npos) << table.out;
}

TEST_F(Cli, BenchSaysThatNothingMatches) {
  expect_usage_error(run("bench --json --time 0 --filter nothing"), "no benchmark matches");
}

}  // namespace
}  // namespace revenant
