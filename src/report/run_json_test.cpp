#include "report/run_json.h"

#include "report/test_run.h"

namespace revenant {
namespace {

nlohmann::ordered_json json_of(const RecordedRun& run) {
  return run_json(run.input(), run.recording(), [](const Site&) { return "the line"; });
}

TEST(RunJson, IsTheSameForTheSameRun) {
  EXPECT_EQ(json_of({"recycle_2010", "as_posted"}).dump(),
            json_of({"recycle_2010", "as_posted"}).dump());
}

TEST(RunJson, EveryReferenceLeadsToAnEvent) {
  const auto json = json_of({"regressions/z6_root_freed_before_child", "v5_before_2014"});
  const std::size_t count = json["events"].size();
  const auto check = [count](const auto& index) {
    if (!index.is_null()) EXPECT_LT(index.template get<std::size_t>(), count);
  };
  for (const auto& event : json["events"]) check(event["reads_from"]);
  for (const char* const list : {"sections", "holds", "lives"}) {
    ASSERT_FALSE(json[list].empty());
    for (const auto& span : json[list]) {
      check(span["from"]);
      check(span["to"]);
    }
  }
  for (const auto& role : json["finding"]["roles"]) check(role);
}

TEST(RunJson, DocumentsEachOfItsFields) {
  const std::string page = RecordedRun::read("docs/run-format.md");
  const auto json = json_of({"recycle_2010", "as_posted"});
  const auto expect_named = [&](const auto& object) {
    for (const auto& [name, value] : object.items()) {
      EXPECT_NE(page.find("`" + name + "`"), std::string::npos) << name;
    }
  };
  expect_named(json);
  expect_named(json["finding"]);
  expect_named(json["events"][0]);
  expect_named(json["holds"][0]);
  expect_named(json["lives"][0]);
}

TEST(RunJson, NamesNoPathOfThisMachine) {
  EXPECT_EQ(json_of({"recycle_2010", "as_posted"}).dump().find(REVENANT_SOURCE_DIR),
            std::string::npos);
}

TEST(RunJson, OfACleanRunHasNoFinding) {
  EXPECT_TRUE(json_of({"recycle_2010", "fixed"})["finding"].is_null());
}

}  // namespace
}  // namespace revenant
