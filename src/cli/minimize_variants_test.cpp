// What the search finds in each buggy variant, and how small it gets.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/forked_judge.h"
#include "cli/test_command.h"
#include "minimize/candidates.h"
#include "minimize/order.h"

namespace revenant {
namespace {

using nlohmann::json;

const Subject& anon_vma() { return *find_subject(all_subjects(), "anon_vma"); }

std::vector<const Variant*> buggy_variants() {
  std::vector<const Variant*> variants;
  for (const Variant& variant : anon_vma().variants) {
    if (variant.expected && !variant.is_rare) variants.push_back(&variant);
  }
  return variants;
}

class EveryBuggyVariant : public Cli, public testing::WithParamInterface<const Variant*> {};

TEST_P(EveryBuggyVariant, KeepsItsFindingWhenMinimized) {
  const std::string target = "anon_vma/" + std::string(GetParam()->name);
  const Ran ran = run("fuzz --json --seed 1 --runs 200000 --artifacts kept " + target);
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json finding = json::parse(ran.out)["findings"][0];
  const std::string found = finding["found_file"];
  const std::string small = finding["file"];
  const json replays =
      json::parse(run("replay --json " + target + " " + found + " " + small).out)["findings"];
  ASSERT_EQ(replays.size(), 2U);
  EXPECT_EQ(replays[0]["kind"], replays[1]["kind"]);
  EXPECT_EQ(replays[0]["signature"], replays[1]["signature"]);
  const OpTable table(anon_vma().ops);
  EXPECT_FALSE(is_smaller(read_schedule(folder_ / found, "anon_vma", table),
                          read_schedule(folder_ / small, "anon_vma", table)));
}

INSTANTIATE_TEST_SUITE_P(AnonVma, EveryBuggyVariant, testing::ValuesIn(buggy_variants()),
                         [](const testing::TestParamInfo<const Variant*>& info) {
                           return std::string(info.param->name);
                         });

class MinimizedRecycle : public Cli, public testing::WithParamInterface<int> {};

TEST_P(MinimizedRecycle, IsSmallAndNothingOfItCanBeLeftOut) {
  const Ran ran = run("fuzz --json --seed " + std::to_string(GetParam()) +
                      " --runs 100000 --artifacts kept anon_vma/as_posted");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const OpTable table(anon_vma().ops);
  const std::string file = json::parse(ran.out)["findings"][0]["file"];
  const Schedule small = read_schedule(folder_ / file, "anon_vma", table);
  const ScheduleSize size = size_of(small);
  EXPECT_LE(size.cpus, 3U);
  EXPECT_LE(size.ops, 5U);
  EXPECT_LE(size.entries(), 3U);

  const Target target{.subject = &anon_vma(), .variant = find_variant(anon_vma(), "as_posted")};
  ForkedJudge judge(target);
  judge.look_for(judge.verdict_on(small).value().signature);
  EXPECT_EQ(judge.first_failing({&small, 1}), 0U);
  for (const Pass pass : {&without_a_cpu, &without_an_op, &without_an_entry}) {
    EXPECT_EQ(judge.first_failing(pass(small, table)), std::nullopt);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MinimizedRecycle, testing::Range(1, 6));

}  // namespace
}  // namespace revenant
