#include "report/timeline.h"

#include <fmt/format.h>

#include <algorithm>

namespace revenant {
namespace {

constexpr std::size_t kStepWidth = 5;
constexpr std::size_t kSourceWidth = 18;
constexpr std::size_t kColumnWidth = 24;
constexpr std::size_t kEdgeWidth = 3;  // Of a column: section, lock, space.
constexpr const char* kBold = "1";
constexpr const char* kRed = "1;31";

std::string painted(std::string_view text, const char* code, Colour colour) {
  if (colour == Colour::kNever || code == nullptr) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string without_end_spaces(std::string text) {
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

class Table {
 public:
  Table(const ReportInput& input, const Recording& recording, Colour colour)
      : input_(input),
        recording_(recording),
        colour_(colour),
        has_callbacks_(std::ranges::any_of(
            input.events, [](const sim::Event& event) { return event.at.cpu == sim::kRcuCpu; })) {}

  std::string run() {
    std::string text = legend() + heading();
    for (EventIndex i = 0; i < recording_.events.size(); ++i) {
      const RecordedEvent& recorded = recording_.events[i];
      const sim::Event& event = recorded.event;
      if (event.what == sim::Primitive::kOpEnd) continue;
      const bool is_op = event.what == sim::Primitive::kOpBegin;
      text += is_op ? row(event.step, Site{}, column_of(event.at.cpu), recorded.op, kBold, i)
                    : row(event.step, event.site, column_of(event.at.cpu),
                          edge(event.at.cpu, i) + recorded.text, nullptr, i);
    }
    if (input_.finding) text += finding_row(*input_.finding);
    return text;
  }

 private:
  std::size_t column_count() const { return input_.program.size() + (has_callbacks_ ? 1 : 0); }
  // The one of the callbacks comes last.
  std::size_t column_of(CpuId cpu) const {
    return std::min<std::size_t>(index_of(cpu), input_.program.size());
  }
  CpuId cpu_of(std::size_t column) const {
    return column < input_.program.size() ? CpuId{static_cast<std::uint8_t>(column)} : sim::kRcuCpu;
  }

  // What the CPU is inside of and holds at an event, kEdgeWidth wide.
  std::string edge(CpuId cpu, EventIndex index) const {
    const auto is_open = [&](const Span& span) { return span.cpu == cpu && covers(span, index); };
    std::string text(kEdgeWidth, ' ');
    if (std::ranges::any_of(recording_.sections, is_open)) text[0] = ':';
    if (std::ranges::any_of(recording_.holds, is_open)) text[1] = '|';
    return text;
  }

  // The edges of all columns, over which the text of one is laid.
  std::string row(std::uint32_t step, const Site& site, std::size_t column, std::string_view text,
                  const char* paint, EventIndex index) const {
    std::string edges;
    for (std::size_t i = 0; i < column_count(); ++i) {
      edges += fmt::format("{:<{}}", edge(cpu_of(i), index), kColumnWidth);
    }
    const std::size_t begin = column * kColumnWidth;
    const std::size_t end = std::min(begin + text.size(), edges.size());
    return fmt::format("{:>{}}  {:<{}}{}{}{}\n", step, kStepWidth, source_of(site), kSourceWidth,
                       edges.substr(0, begin), painted(text, paint, colour_),
                       without_end_spaces(edges.substr(end)));
  }

  std::string finding_row(const Finding& finding) const {
    return row(finding.step, finding.site, column_of(finding.at.cpu),
               fmt::format("*** {}", name_of(finding.kind)), kRed,
               recording_.events.empty() ? 0 : recording_.events.size() - 1);
  }

  std::string legend() const {
    if (recording_.sections.empty() && recording_.holds.empty()) return {};
    return fmt::format("{:>{}}  {:<{}}: in an RCU read-side section   | holds a lock\n", "",
                       kStepWidth, "", kSourceWidth);
  }

  std::string heading() const {
    std::string text = fmt::format("{:>{}}  {:<{}}", "step", kStepWidth, "source", kSourceWidth);
    for (std::size_t column = 0; column < column_count(); ++column) {
      text += fmt::format("{:<{}}", cpu_name(cpu_of(column)), kColumnWidth);
    }
    return painted(without_end_spaces(text) + "\n", kBold, colour_);
  }

  const ReportInput& input_;
  const Recording& recording_;
  Colour colour_;
  bool has_callbacks_;
};

}  // namespace

std::string finding_line(const ReportInput& input) {
  const Finding& finding = *input.finding;
  return fmt::format("{} in {}/{}: {} in `{}` {}", name_of(finding.kind), input.subject.name,
                     input.variant.name, cpu_name(finding.at.cpu), op_text(input, finding.at),
                     finding.text);
}

std::string timeline(const ReportInput& input, const Recording& recording, Colour colour) {
  return Table(input, recording, colour).run();
}

}  // namespace revenant
