// What the search finds in each buggy variant, and how small it gets.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/forked_judge.h"
#include "cli/test_command.h"
#include "minimize/candidates.h"
#include "minimize/order.h"
#include "run/test_variants.h"

namespace revenant {
namespace {

using nlohmann::json;

class EveryBuggyVariant : public Cli, public testing::WithParamInterface<VariantCase> {};

TEST_P(EveryBuggyVariant, KeepsItsFindingWhenMinimized) {
  const Subject& subject = *GetParam().subject;
  const std::string name(subject.name);
  const std::string target = name + "/" + std::string(GetParam().variant->name);
  const Ran ran = run("fuzz --json --seed 2 --runs 500000 --artifacts kept " + target);
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json finding = json::parse(ran.out)["findings"][0];
  const Variant& variant = *GetParam().variant;
  const std::string kind = finding["kind"];
  EXPECT_TRUE(kind == name_of(*variant.expected) ||
              std::ranges::any_of(variant.also, [&](FindingKind k) { return kind == name_of(k); }))
      << kind;
  const std::string found = finding["found_file"];
  const std::string small = finding["file"];
  const json replays =
      json::parse(run("replay --json " + target + " " + found + " " + small).out)["findings"];
  ASSERT_EQ(replays.size(), 2U);
  EXPECT_EQ(replays[0]["kind"], replays[1]["kind"]);
  EXPECT_EQ(replays[0]["signature"], replays[1]["signature"]);
  const OpTable table(subject.ops);
  EXPECT_FALSE(is_smaller(read_schedule(folder_ / found, name, table),
                          read_schedule(folder_ / small, name, table)));
}

INSTANTIATE_TEST_SUITE_P(All, EveryBuggyVariant, testing::ValuesIn(buggy_variants()), name_of_case);

class MinimizedRecycle : public Cli, public testing::WithParamInterface<int> {};

TEST_P(MinimizedRecycle, IsSmallAndNothingOfItCanBeLeftOut) {
  const Ran ran = run("fuzz --json --seed " + std::to_string(GetParam()) +
                      " --runs 100000 --artifacts kept anon_vma/as_posted");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  const OpTable table(subject.ops);
  const std::string file = json::parse(ran.out)["findings"][0]["file"];
  const Schedule small = read_schedule(folder_ / file, "anon_vma", table);
  const ScheduleSize size = size_of(small);
  EXPECT_LE(size.cpus, 3U);
  EXPECT_LE(size.ops, 5U);
  EXPECT_LE(size.entries(), 3U);

  const Target target{.subject = &subject, .variant = find_variant(subject, "as_posted")};
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
