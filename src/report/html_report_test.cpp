#include "report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <string>

#include "run/runner.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string no_source(const Site& /*site*/) { return ""; }

// What `render` makes of the mail's five steps on the variant.
std::string render_recycle(const std::function<std::string(const ReportInput&)>& render,
                           std::string_view variant_name = "as_posted") {
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  const Variant& variant = *find_variant(subject, variant_name);
  std::ifstream in(REVENANT_SOURCE_DIR "/corpus/anon_vma/recycle_2010.schedule");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Schedule schedule =
      std::get<Schedule>(parse_text(text, subject.name, OpTable(subject.ops)));
  sim::Machine machine;
  Runner runner(machine, subject, variant);
  sim::Trace trace;
  const Outcome outcome = runner.run(schedule, {.trace = &trace});
  return render({.subject = subject,
                 .variant = variant,
                 .schedule = schedule,
                 .events = trace.events(),
                 .memory = runner.memory(),
                 .finding = outcome.finding});
}

std::string page(const SourceLine& source_line = no_source,
                 std::string_view variant = "as_posted") {
  return render_recycle(
      [&](const ReportInput& input) { return html_report(input, record_of(input), source_line); },
      variant);
}

std::string inlined_document(const std::string& html) {
  const std::string opening = R"(<script type="application/json" id="run">)";
  const std::size_t begin = html.find(opening) + opening.size();
  return html.substr(begin, html.find("</script>", begin) - begin);
}

TEST(HtmlReport, CarriesTheRunsDocument) {
  const std::string document = render_recycle(
      [](const ReportInput& input) { return run_json(input, record_of(input), no_source).dump(); });
  EXPECT_EQ(nlohmann::ordered_json::parse(inlined_document(page())).dump(), document);
}

TEST(HtmlReport, NamesNothingOutsideItself) {
  // Namespaces of XML are names, not addresses.
  const std::string html =
      std::regex_replace(page(), std::regex(R"(http://www\.w3\.org/2000/svg)"), "");
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_FALSE(std::regex_search(html, std::regex(R"(<[^>]*\ssrc\s*=)")));
  EXPECT_FALSE(std::regex_search(html, std::regex(R"(<[^>]*\shref\s*=\s*"(?!#|data:))")));
}

TEST(HtmlReport, ForbidsTheBrowserEveryRequest) {
  EXPECT_THAT(page(),
              HasSubstr(R"(http-equiv="Content-Security-Policy" content="default-src 'none';)"));
}

TEST(HtmlReport, TextOfTheRunCannotEndItsElement) {
  const std::string hostile = "</script><!-- <script> & \"quoted\" {{viewer.js}}";
  const std::string document = inlined_document(page([&](const Site&) { return hostile; }));
  EXPECT_THAT(document, Not(HasSubstr("<")));
  const auto json = nlohmann::json::parse(document);
  EXPECT_EQ(json["events"][1]["code"], hostile);
}

TEST(HtmlReport, FillsInEveryPart) {
  const std::string html = page();
  EXPECT_THAT(html, Not(HasSubstr("{{")));
  EXPECT_THAT(html, HasSubstr("<title>recycled-object in anon_vma/as_posted</title>"));
}

TEST(HtmlReport, IsTheSameTwice) { EXPECT_EQ(page(), page()); }

TEST(HtmlReport, ACleanRunSaysSo) {
  EXPECT_THAT(page(no_source, "fixed"), HasSubstr("<title>no finding in anon_vma/fixed</title>"));
}

}  // namespace
}  // namespace revenant
