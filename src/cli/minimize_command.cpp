#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/forked_judge.h"
#include "cli/interrupt.h"
#include "cli/minimize_progress.h"
#include "report/json_report.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// What is to be minimized, and what it shows.
struct Found {
  Schedule schedule;
  Verdict verdict;
};

Found failing_form(ForkedJudge& judge, const Schedule& given, const Target& target,
                   const MinimizeOptions& options) {
  const auto [schedule, verdict] = judge.failing_form(given);
  if (verdict) return {schedule, *verdict};
  throw UserError(fmt::format("{} gives no finding on {}/{}{}, so there is nothing to minimize",
                              options.file, target.subject->name, target.variant->name,
                              as_arguments(options.engine)));
}

// Throws UserError for a regression that would not be one of a corpus, or is there already.
fs::path output_path(const MinimizeOptions& options) {
  if (options.into.empty()) return options.output;
  fs::path path = options.into;
  if (path.extension() != ".schedule") path += ".schedule";
  const std::string name = path.stem().string();
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (path.filename() == ".schedule" || name.find_first_not_of(kAllowed) != std::string::npos) {
    throw UserError(
        fmt::format("--into {}: expected DIR/NAME, NAME of a-z, 0-9 and _", options.into));
  }
  std::error_code unreadable;  // Which writing says.
  if (fs::exists(path, unreadable))
    throw UserError(fmt::format("--into: {} is there already", path.string()));
  return path;
}

// The schedule in text form, after its first line what it shows and how to see it.
std::string regression_text(const Target& target, const Minimized& small, const Verdict& verdict,
                            const EngineOptions& engine, const fs::path& path) {
  const std::string text =
      to_text(small.schedule, target.subject->name, OpTable(target.subject->ops));
  const std::size_t line = text.find('\n') + 1;
  const std::string name = target.name();
  return text.substr(0, line) +
         fmt::format("# {} in {}\n# signature: {}\n# replay with: revenant replay {} {}{}\n",
                     verdict.kind, name, verdict.signature, name, path.string(),
                     as_arguments(engine)) +
         text.substr(line);
}

ordered_json size_json(const Schedule& schedule) {
  const ScheduleSize size = size_of(schedule);
  return {{"ops", size.ops},
          {"cpus", size.cpus},
          {"preemptions", size.preemptions},
          {"choices", size.picks}};
}

ordered_json document(const Target& target, const Found& failing, const Schedule& given,
                      const Minimized& small) {
  return {{"subject", target.subject->name}, {"variant", target.variant->name},
          {"kind", failing.verdict.kind},    {"signature", failing.verdict.signature},
          {"before", size_json(given)},      {"after", size_json(small.schedule)},
          {"executions", small.executions},  {"interrupted", small.stopped}};
}

}  // namespace

int minimize_command(Subjects subjects, const MinimizeOptions& options) {
  const Target target = parse_target(subjects, options.target, options.engine);
  const OpTable table(target.subject->ops);
  const Schedule given = read_schedule(options.file, target.subject->name, table);
  const fs::path path = output_path(options);
  check_writable(path);
  catch_interrupts();
  const auto start = Clock::now();
  ForkedJudge judge(target);
  const Found failing = failing_form(judge, given, target, options);
  const Minimized small = minimize_for(failing.verdict.signature, failing.schedule, table, judge,
                                       is_interactive(STDERR_FILENO));
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  write_file(path, options.into.empty()
                       ? to_text(small.schedule, target.subject->name, table)
                       : regression_text(target, small, failing.verdict, options.engine, path));
  if (options.json) {
    ordered_json json = document(target, failing, given, small);
    json["seconds"] = seconds;
    json["file"] = path.string();
    std::cout << json_text(json) << "\n";
    return kExitClean;
  }
  std::cout << fmt::format("{}: {}\n{}: {}\n", options.file, size_text(given), path.string(),
                           size_text(small.schedule));
  if (small.stopped) std::cout << "interrupted: the best so far, which may get smaller still\n";
  return kExitClean;
}

}  // namespace revenant
