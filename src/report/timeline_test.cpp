#include "report/timeline.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "report/json_report.h"
#include "report/test_run.h"

namespace revenant {
namespace {

struct Shown {
  std::string first_line;
  std::string timeline;
};

// Line numbers change with every edit, so each is written as "1"; the columns stay where they are.
std::string without_line_numbers(const std::string& text) {
  static const std::regex number(R"(\.cpp:(\d+)( *))");
  std::string result;
  auto rest = text.begin();
  for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it) {
    result.append(rest, text.begin() + it->position());
    const auto width = static_cast<std::size_t>(it->length(1) + it->length(2));
    result += ".cpp:1" + std::string(width - 1, ' ');
    rest = text.begin() + it->position() + it->length();
  }
  return result.append(rest, text.end());
}

// The corpus file on the variant.
Shown show(const std::string& file, std::string_view variant, Colour colour = Colour::kNever) {
  const RecordedRun run(file, variant);
  return {.first_line = run.finding() ? finding_line(run.input()) : "",
          .timeline = without_line_numbers(timeline(run.input(), run.recording(), colour))};
}

// To approve a changed text, read it, and copy it from the failure over the file.
TEST(Timeline, ShowsTheMailsFiveStepsAsApproved) {
  const Shown shown = show("recycle_2010", "as_posted");
  EXPECT_EQ(shown.first_line + "\n\n" + shown.timeline,
            RecordedRun::read("src/report/timeline_test.recycle_2010.approved.txt"));
}

TEST(Timeline, GivesTheCallbacksAColumnOfTheirOwnWhereSomeRan) {
  const Shown shown = show("page_given_back", "fixed");
  EXPECT_NE(shown.timeline.find("RCU callbacks"), std::string::npos) << shown.timeline;
  EXPECT_EQ(show("recycle_2010", "as_posted").timeline.find("RCU callbacks"), std::string::npos);
}

TEST(Timeline, HasColoursOnlyWhereTheyAreAskedFor) {
  EXPECT_EQ(show("recycle_2010", "as_posted").timeline.find('\x1b'), std::string::npos);
  EXPECT_NE(show("recycle_2010", "as_posted", Colour::kAnsi).timeline.find('\x1b'),
            std::string::npos);
}

TEST(Timeline, ACleanRunEndsWithoutAFinding) {
  const Shown shown = show("recycle_2010", "fixed");
  EXPECT_EQ(shown.first_line, "");
  EXPECT_EQ(shown.timeline.find("***"), std::string::npos);
}

TEST(JsonReport, KeepsTheFieldsThatOthersRead) {
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  const Finding finding{.kind = FindingKind::kWrongUnlock,
                        .at = {.cpu = CpuId{2}, .op = 1, .point = 3},
                        .step = 17,
                        .site = Site::current(),
                        .text = "unlocks"};
  const auto json = to_json(finding, subject, subject.variants.front(), "wrong-unlock in anon_vma");
  EXPECT_EQ(json["kind"], "wrong-unlock");
  EXPECT_EQ(json["subject"], "anon_vma");
  EXPECT_EQ(json["variant"], subject.variants.front().name);
  EXPECT_EQ(json["cpu"], 2);
  EXPECT_EQ(json["step"], 17);
  EXPECT_EQ(json["signature"].get<std::string>().find("wrong-unlock"), 0U);
}

}  // namespace
}  // namespace revenant
