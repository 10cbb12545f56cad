#include "report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "report/test_run.h"

namespace revenant {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string no_source(const Site& /*site*/) { return ""; }

std::string page(const SourceLine& source_line = no_source,
                 std::string_view variant = "as_posted") {
  const RecordedRun run("recycle_2010", variant);
  return html_report(run.input(), run.recording(), source_line);
}

std::string inlined_document(const std::string& html) {
  const std::string opening = R"(<script type="application/json" id="run">)";
  const std::size_t begin = html.find(opening) + opening.size();
  return html.substr(begin, html.find("</script>", begin) - begin);
}

TEST(HtmlReport, CarriesTheRunsDocument) {
  const RecordedRun run("recycle_2010", "as_posted");
  const std::string document = run_json(run.input(), run.recording(), no_source).dump();
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
