#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/outcome_printer.h"
#include "minimize/order.h"
#include "report/json_report.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

// A schedule that gives a finding.
struct Crash {
  std::string file;
  Schedule schedule;
  Finding finding;
};

using Bugs = std::map<std::string, std::vector<Crash>>;  // By signature.

// What a person has to read: ops first, then switches and choices.
std::pair<std::size_t, std::size_t> reading_size_of(const Schedule& schedule) {
  const ScheduleSize size = size_of(schedule);
  return {size.ops, size.entries()};
}

const Crash& smallest(const std::vector<Crash>& crashes) {
  return *std::ranges::min_element(crashes, {}, [](const Crash& crash) {
    return std::pair(reading_size_of(crash.schedule), crash.file);
  });
}

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code unreadable;  // Which reading says.
    if (!std::filesystem::is_directory(path, unreadable)) {
      files.push_back(path);
      continue;
    }
    for (const std::filesystem::path& file : files_below(path)) files.push_back(file.string());
  }
  return files;
}

// The most frequent bug first; of equally frequent ones, by signature.
std::vector<const Bugs::value_type*> by_frequency(const Bugs& bugs) {
  std::vector<const Bugs::value_type*> order;
  for (const auto& bug : bugs) order.push_back(&bug);
  std::ranges::sort(order, [](const auto* a, const auto* b) {
    return std::pair(b->second.size(), a->first) < std::pair(a->second.size(), b->first);
  });
  return order;
}

ordered_json bug_json(const Target& target, const std::string& signature,
                      const std::vector<Crash>& crashes) {
  const Crash& example = smallest(crashes);
  ordered_json bug = to_json(example.finding, *target.subject, *target.variant, signature);
  bug["file"] = example.file;
  bug["files"] = ordered_json::array();
  for (const Crash& crash : crashes) bug["files"].push_back(crash.file);
  return bug;
}

void print_bug(const std::string& signature, const std::vector<Crash>& crashes) {
  const Crash& example = smallest(crashes);
  const auto [ops, switches] = reading_size_of(example.schedule);
  std::cout << fmt::format("{:>6}  {:<48} {:>4} {:>9}  {}\n", crashes.size(), signature, ops,
                           switches, example.file);
}

}  // namespace

int triage_command(Subjects subjects, const TriageOptions& options) {
  const Target target = parse_target(subjects, options.target, options.engine);
  if (!options.sarif.empty()) check_writable(options.sarif);
  const OpTable table(target.subject->ops);
  std::vector<std::pair<std::string, Schedule>> schedules;
  for (const std::string& file : files_of(options.paths)) {
    schedules.emplace_back(file, read_schedule(file, target.subject->name, table));
  }
  EngineMachine machine(options.engine);
  const std::unique_ptr<ScheduleRunner> runner = machine.runner(*target.subject, *target.variant);
  Bugs bugs;
  std::vector<std::string> clean;
  for (auto& [file, schedule] : schedules) {
    set_crash_context(fmt::format("{}: the schedule is in {}", target.name(), file));
    TracedRun run = run_traced(*runner, schedule, Colour::kNever);
    if (run.outcome.finding) {
      bugs[run.signature].push_back({file, std::move(schedule), *std::move(run.outcome.finding)});
    } else {
      clean.push_back(file);
    }
  }
  SarifLog sarif;
  for (const auto& [signature, crashes] : bugs) {
    const Crash& example = smallest(crashes);
    sarif.add(*runner, example.schedule, example.file);
  }
  if (!options.sarif.empty()) write_file(options.sarif, sarif.text());
  ordered_json document{{"bugs", ordered_json::array()}, {"clean", clean}};
  if (!options.json && !bugs.empty()) {
    std::cout << fmt::format("{:>6}  {:<48} {:>4} {:>9}  {}\n", "files", "signature", "ops",
                             "switches", "smallest");
  }
  for (const Bugs::value_type* const bug : by_frequency(bugs)) {
    document["bugs"].push_back(bug_json(target, bug->first, bug->second));
    if (!options.json) print_bug(bug->first, bug->second);
  }
  if (options.json) {
    std::cout << json_text(document) << "\n";
  } else {
    std::cout << fmt::format("{} {}, {} {} without a finding\n", bugs.size(),
                             bugs.size() == 1 ? "bug" : "bugs", clean.size(),
                             clean.size() == 1 ? "file" : "files");
  }
  return bugs.empty() ? kExitClean : kExitFinding;
}

}  // namespace revenant
