#include "report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/check.h"
#include "report/json_report.h"
#include "report/viewer/viewer_files.h"

namespace revenant {
namespace {

struct Part {
  std::string_view name;
  std::string_view text;
};

// JSON that cannot end the element it stands in, nor begin a comment there: only strings hold a
// '<'.
std::string json_in_html(const nlohmann::ordered_json& json) {
  std::string text;
  for (const char c : json_text(json, -1)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string text_in_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// Requires that there is such a part.
std::string_view text_of(std::span<const Part> parts, std::string_view name) {
  const auto part = std::ranges::find(parts, name, &Part::name);
  REVENANT_CHECK(part != parts.end());
  return part->text;
}

// The page with each {{name}} replaced; what comes in is not looked at again.
std::string fill(std::string_view page, std::span<const Part> parts) {
  std::string text;
  for (std::size_t begin = page.find("{{"); begin != page.npos; begin = page.find("{{")) {
    const std::size_t end = page.find("}}", begin);
    REVENANT_CHECK(end != page.npos);
    text += page.substr(0, begin);
    text += text_of(parts, page.substr(begin + 2, end - begin - 2));
    page.remove_prefix(end + 2);
  }
  return text.append(page);
}

}  // namespace

std::string html_page(const std::string& title, const nlohmann::ordered_json& run) {
  const std::string escaped = text_in_html(title);
  const std::string document = json_in_html(run);
  const std::array<Part, 7> parts{{{"title", escaped},
                                   {"run", document},
                                   {"viewer.css", kViewerCss},
                                   {"run.js", kRunJs},
                                   {"timeline.js", kTimelineJs},
                                   {"panel.js", kPanelJs},
                                   {"viewer.js", kViewerJs}}};
  return fill(kViewerHtml, parts);
}

std::string html_report(const ReportInput& input, const Recording& recording,
                        const SourceLine& source_line) {
  const std::string verdict =
      input.finding ? std::string(name_of(input.finding->kind)) : "no finding";
  return html_page(fmt::format("{} in {}/{}", verdict, input.subject.name, input.variant.name),
                   run_json(input, recording, source_line));
}

}  // namespace revenant
