#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/outcome_printer.h"
#include "cli/verify_search.h"
#include "report/json_report.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

// Keeps the schedule and returns its file.
std::string keep(Keeper& keeper, const Target& target, const Failing& failing,
                 const VerifyOptions& options) {
  const std::string file =
      finding_stem(options.artifacts, target, failing.kind, failing.schedule) + ".schedule";
  keeper.write(file, to_text(failing.schedule, target.subject->name, OpTable(target.subject->ops)));
  return file;
}

// Keeps, prints and returns it.
ordered_json tell_finding(Keeper& keeper, const Target& target, const Failing& failing,
                          const VerifyOptions& options) {
  sim::Machine machine;
  Runner runner(machine, *target.subject, *target.variant);
  const std::string file = keep(keeper, target, failing, options);
  const TracedRun run = run_traced(runner, failing.schedule,
                                   is_terminal(STDOUT_FILENO) ? Colour::kAnsi : Colour::kNever);
  REVENANT_CHECK(run.outcome.finding.has_value());
  if (!options.json) {
    std::cout << run.first_line << "\n\n"
              << run.explanation << "\n"
              << run.timeline << "\n"
              << to_text(failing.schedule, target.subject->name, OpTable(target.subject->ops))
              << "\nschedule   " << file << "\n";
  }
  ordered_json finding =
      to_json(*run.outcome.finding, *target.subject, *target.variant, run.signature);
  finding["file"] = file;
  return finding;
}

std::string_view verdict_of(const VerifySearch& search) {
  if (search.failing()) return "finding";
  if (search.crashed()) return "crash";
  return search.is_finished() ? "clean" : "unfinished";
}

std::string count_of(const VerifyTally& tally) {
  return fmt::format("{}{} states{}", tally.states_are_exact ? "" : "at most ", tally.states,
                     tally.forgot_states ? " remembered, and others not: see --max-states" : "");
}

}  // namespace

int verify_command(Subjects subjects, const VerifyOptions& options) {
  const Target target = parse_target(subjects, options.target);
  if (target.variant->memory != kernel::MemoryModel::kSc) {
    throw UserError(
        fmt::format("{} needs {} memory, and verify tells states apart by what "
                    "interleavings make of them; search it with fuzz or matrix",
                    target.variant->name, name_of(target.variant->memory)));
  }
  catch_interrupts();
  prepare_folder(options.artifacts);
  Keeper keeper;
  VerifySearch search(target, options, keeper);
  search.run();
  const VerifyTally& tally = search.tally();
  ordered_json document{{"verdict", verdict_of(search)},
                        {"bound", bound_json(options)},
                        {"programs", tally.programs},
                        {"schedules", tally.schedules},
                        {"states", tally.states},
                        {"states_forgotten", tally.forgot_states},
                        {"states_exact", tally.states_are_exact && !tally.forgot_states},
                        {"seconds", tally.seconds},
                        {"findings", ordered_json::array()}};
  if (search.failing()) {
    document["findings"].push_back(tell_finding(keeper, target, *search.failing(), options));
  }
  if (options.json) {
    std::cout << json_text(document) << "\n";
  } else {
    std::cout << fmt::format("{}: {}/{}, {}\n{} programs, {} schedules, {}\n", verdict_of(search),
                             target.subject->name, target.variant->name, bound_text(options),
                             tally.programs, tally.schedules, count_of(tally));
  }
  keeper.throw_error();
  return verdict_of(search) == "clean" ? kExitClean : kExitFinding;
}

}  // namespace revenant
