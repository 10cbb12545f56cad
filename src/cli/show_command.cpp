#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/outcome_printer.h"
#include "report/explanation.h"
#include "report/html_report.h"
#include "report/json_report.h"
#include "report/perfetto.h"
#include "report/run_json.h"
#include "report/signature.h"

namespace revenant {
namespace {

// One way to show a run; `colour` is for those that people read on a terminal.
using Render = std::string (*)(const ReportInput& input, Colour colour);

struct Format {
  std::string_view name;
  Render render;
};

std::string as_text(const ReportInput& input, Colour colour) {
  const Recording recording = record_of(input);
  std::string text;
  if (input.finding) {
    text += finding_line(input) + "\n\n" + as_paragraph(explain(input, recording)) + "\n";
  }
  return text + timeline(input, recording, colour);
}

std::string as_json(const ReportInput& input, Colour /*colour*/) {
  SourceLines lines;
  const auto line_of = [&](const Site& site) { return lines.line_of(site); };
  return json_text(run_json(input, record_of(input), line_of), 1) + "\n";
}

std::string as_perfetto(const ReportInput& input, Colour /*colour*/) {
  return json_text(perfetto_json(input, record_of(input)), 1) + "\n";
}

std::string as_html(const ReportInput& input, Colour /*colour*/) {
  SourceLines lines;
  const auto line_of = [&](const Site& site) { return lines.line_of(site); };
  return html_report(input, record_of(input), line_of);
}

constexpr std::array<Format, 4> kFormats{
    {{"text", &as_text}, {"json", &as_json}, {"html", &as_html}, {"perfetto", &as_perfetto}}};

Render render_of(const std::string& name) {
  std::string names;
  for (const Format& format : kFormats) {
    if (format.name == name) return format.render;
    names.append(names.empty() ? "" : ", ").append(format.name);
  }
  throw UserError(fmt::format("no format '{}'; there is: {}", name, names));
}

// Reads the schedule, runs it once in the sim engine, and calls `render` with what it did.
bool show_run(Subjects subjects, const std::string& target_name, const EngineOptions& engine,
              const std::string& file, const std::function<void(const ReportInput&)>& render) {
  const Target target = parse_target(subjects, target_name, engine);
  const Schedule schedule = read_schedule(file, target.subject->name, OpTable(target.subject->ops));
  EngineMachine machine(engine);
  const std::unique_ptr<ScheduleRunner> runner = machine.runner(*target.subject, *target.variant);
  set_crash_context(fmt::format("{}: the schedule is in {}", target.name(), file));
  return run_recorded(*runner, schedule, render).finding.has_value();
}

}  // namespace

int show_command(Subjects subjects, const ShowOptions& options) {
  const Render render = render_of(options.format);
  const bool in_colour = options.output.empty() && is_terminal(STDOUT_FILENO);
  std::string text;
  const bool found = show_run(
      subjects, options.target, options.engine, options.file,
      [&](const auto& input) { text = render(input, in_colour ? Colour::kAnsi : Colour::kNever); });
  if (options.output.empty()) {
    std::cout << text;
  } else {
    write_file(options.output, text);
  }
  return found ? kExitFinding : kExitClean;
}

int explain_command(Subjects subjects, const ExplainOptions& options) {
  nlohmann::ordered_json document;
  std::string text;
  const bool found =
      show_run(subjects, options.target, options.engine, options.file, [&](const auto& input) {
        const Recording recording = record_of(input);
        const std::vector<std::string> sentences = explain(input, recording);
        text = as_paragraph(sentences);
        if (input.finding) document["signature"] = signature_of(input, recording);
        document["explanation"] = sentences;
      });
  std::cout << (options.json ? json_text(document) + "\n" : text);
  return found ? kExitFinding : kExitClean;
}

}  // namespace revenant
