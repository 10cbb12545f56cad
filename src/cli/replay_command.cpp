#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/outcome_printer.h"
#include "report/json_report.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

std::vector<Schedule> read_all(const Target& target, const std::vector<std::string>& files) {
  const OpTable table(target.subject->ops);
  std::vector<Schedule> schedules;
  schedules.reserve(files.size());
  for (const std::string& file : files) {
    schedules.push_back(read_schedule(file, target.subject->name, table));
  }
  return schedules;
}

}  // namespace

int replay_command(Subjects subjects, const ReplayOptions& options) {
  const Target target = parse_target(subjects, options.target);
  // All files first: a bad one must not come to light after a long run of good ones.
  const std::vector<Schedule> schedules = read_all(target, options.files);
  EngineMachine machine(options.engine);
  const std::unique_ptr<ScheduleRunner> runner = machine.runner(*target.subject, *target.variant);
  ordered_json document{{"findings", ordered_json::array()}, {"steps", 0}};
  std::uint64_t steps = 0;
  bool found = false;
  const bool in_colour = !options.json && is_terminal(STDOUT_FILENO);
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    set_crash_context(fmt::format("{}: the schedule is in {}", target.name(), options.files[i]));
    const Repeated repeated = run_repeatedly(*runner, schedules[i], options.repeat,
                                             in_colour ? Colour::kAnsi : Colour::kNever);
    const TracedRun& run = repeated.shown;
    steps += repeated.steps;
    if (run.outcome.finding) {
      found = true;
      ordered_json finding =
          to_json(*run.outcome.finding, *target.subject, *target.variant, run.signature);
      finding["file"] = options.files[i];
      if (options.repeat > 1) finding["failed"] = repeated.failed;
      document["findings"].push_back(finding);
    }
    if (options.json) continue;
    std::cout << options.files[i] << ": "
              << (run.outcome.finding ? run.first_line
                                      : fmt::format("clean, {} steps", run.outcome.steps))
              << "\n";
    if (options.repeat > 1) {
      std::cout << fmt::format("failed {} of {} runs\n", repeated.failed, options.repeat);
    }
    if (!options.quiet) {
      if (run.outcome.finding) std::cout << "\n" << run.explanation;
      std::cout << "\n" << run.timeline << "\n";
    }
    std::cout << std::flush;  // The next one may crash.
  }
  document["steps"] = steps;
  if (options.json) std::cout << json_text(document) << "\n";
  return found ? kExitFinding : kExitClean;
}

}  // namespace revenant
