#include "report/timeline.h"

#include <fmt/format.h>

#include "schedule/op_table.h"
#include "schedule/schedule_choices.h"

namespace revenant {
namespace {

constexpr int kStepWidth = 5;
constexpr int kSourceWidth = 18;
constexpr int kColumnWidth = 24;

std::string source_of(const Site& site) {
  if (site.line() == 0) return {};
  std::string_view file = site.file_name();
  file.remove_prefix(file.find_last_of('/') + 1);
  return fmt::format("{}:{}", file, site.line());
}

std::string cpu_name(CpuId cpu) {
  return cpu == sim::kRcuCpu ? "RCU callbacks" : fmt::format("CPU {}", index_of(cpu));
}

std::string op_text(const TimelineInput& input, const Anchor& at) {
  if (at.op == kTearDownOp) return "tear down";
  if (index_of(at.cpu) >= input.schedule.cpus.size()) return "callback";
  const Ops& ops = input.schedule.cpus[index_of(at.cpu)];
  return at.op < ops.size() ? to_text(OpTable(input.subject.ops), ops[at.op]) : "end";
}

bool callbacks_ran(const TimelineInput& input) {
  for (const sim::Event& event : input.events) {
    if (event.at.cpu == sim::kRcuCpu) return true;
  }
  return false;
}

// Columns of the CPUs that the schedule has; the one of the callbacks comes last.
std::size_t column_of(const TimelineInput& input, CpuId cpu) {
  return std::min<std::size_t>(index_of(cpu), input.schedule.cpus.size());
}

std::string row(std::uint32_t step, const Site& site, std::size_t column, std::string_view text) {
  return fmt::format("{:>{}}  {:<{}}{:>{}}{}\n", step, kStepWidth, source_of(site), kSourceWidth,
                     "", column * kColumnWidth, text);
}

std::string heading(const TimelineInput& input) {
  std::string text = fmt::format("{:>{}}  {:<{}}", "step", kStepWidth, "source", kSourceWidth);
  for (std::size_t cpu = 0; cpu < input.schedule.cpus.size(); ++cpu) {
    text += fmt::format("{:<{}}", fmt::format("CPU {}", cpu), kColumnWidth);
  }
  if (callbacks_ran(input)) text += cpu_name(sim::kRcuCpu);
  text.resize(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string painted(std::string_view text, const char* code, Colour colour) {
  if (colour == Colour::kNever) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace

std::string finding_line(const TimelineInput& input) {
  const Finding& finding = *input.finding;
  return fmt::format("{} in {}/{}: {} in `{}` {}", name_of(finding.kind), input.subject.name,
                     input.variant.name, cpu_name(finding.at.cpu), op_text(input, finding.at),
                     finding.text);
}

std::string timeline(const TimelineInput& input, Colour colour) {
  constexpr const char* kBold = "1";
  constexpr const char* kRed = "1;31";
  std::string text = painted(heading(input), kBold, colour);
  for (const sim::Event& event : input.events) {
    if (event.what == sim::Primitive::kOpEnd) continue;
    const std::size_t column = column_of(input, event.at.cpu);
    const bool is_op = event.what == sim::Primitive::kOpBegin;
    const std::string what = is_op ? painted(op_text(input, event.at), kBold, colour)
                                   : "  " + describe(event, input.memory);
    text += row(event.step, is_op ? Site{} : event.site, column, what);
  }
  if (input.finding) {
    text += row(input.finding->step, input.finding->site, column_of(input, input.finding->at.cpu),
                painted(fmt::format("*** {}", name_of(input.finding->kind)), kRed, colour));
  }
  return text;
}

}  // namespace revenant
