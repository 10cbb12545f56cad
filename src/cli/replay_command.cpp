#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/interrupt.h"
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

// Of one file, whose runs may have been fewer than was asked for.
void print_replays(const std::string& file, const Repeated& repeated,
                   const ReplayOptions& options) {
  const TracedRun& run = repeated.shown;
  std::cout << file << ": "
            << (run.outcome.finding ? run.first_line
                                    : fmt::format("clean, {} steps", run.outcome.steps))
            << "\n";
  if (options.repeat > 1) {
    std::cout << fmt::format("failed {} of {} runs\n", repeated.failed, repeated.runs);
  }
  if (!options.quiet) {
    if (run.outcome.finding) std::cout << "\n" << run.explanation;
    std::cout << "\n" << run.timeline << "\n";
  }
  std::cout << std::flush;  // The next one may crash.
}

ordered_json replays_json(const Target& target, const std::string& file, const Repeated& repeated,
                          const ReplayOptions& options) {
  const TracedRun& run = repeated.shown;
  ordered_json finding =
      to_json(*run.outcome.finding, *target.subject, *target.variant, run.signature);
  finding["file"] = file;
  if (options.repeat > 1) {
    finding["failed"] = repeated.failed;
    finding["runs"] = repeated.runs;
  }
  return finding;
}

}  // namespace

int replay_command(Subjects subjects, const ReplayOptions& options) {
  const Target target = parse_target(subjects, options.target);
  // All files first: a bad one must not come to light after a long run of good ones.
  const std::vector<Schedule> schedules = read_all(target, options.files);
  EngineMachine machine(options.engine);
  const std::unique_ptr<ScheduleRunner> runner = machine.runner(*target.subject, *target.variant);
  catch_interrupts();
  ordered_json findings = ordered_json::array();
  std::uint64_t steps = 0;
  std::uint64_t runs = 0;
  const bool in_colour = !options.json && is_terminal(STDOUT_FILENO);
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    const std::string& file = options.files[i];
    set_crash_context(fmt::format("{}: the schedule is in {}", target.name(), file));
    const Repeated repeated = run_repeatedly(*runner, schedules[i], options.repeat,
                                             in_colour ? Colour::kAnsi : Colour::kNever,
                                             [] { return !was_interrupted(); });
    if (repeated.runs == 0) break;
    steps += repeated.steps;
    runs += repeated.runs;
    if (repeated.failed > 0) {
      findings.push_back(replays_json(target, file, repeated, options));
    }
    if (!options.json) print_replays(file, repeated, options);
  }
  const std::uint64_t wanted = schedules.size() * std::uint64_t{options.repeat};
  const bool interrupted = runs < wanted;
  const bool clean = findings.empty() && !interrupted;
  if (options.json) {
    std::cout << json_text({{"findings", std::move(findings)},
                            {"steps", steps},
                            {"runs", runs},
                            {"interrupted", interrupted}})
              << "\n";
  } else if (interrupted) {
    std::cout << fmt::format("interrupted: {} of {} runs\n", runs, wanted);
  }
  return clean ? kExitClean : kExitFinding;
}

}  // namespace revenant
