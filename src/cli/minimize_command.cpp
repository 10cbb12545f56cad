#include <fmt/format.h>

#include <iostream>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/outcome_printer.h"
#include "minimize/minimize.h"
#include "run/runner.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

std::string size_of(const Schedule& schedule) {
  std::size_t ops = 0;
  for (const Ops& cpu : schedule.cpus) ops += cpu.size();
  return fmt::format("{} CPUs, {} ops, {} preemptions, {} choices", schedule.cpus.size(), ops,
                     schedule.preemptions.size(), schedule.picks.size());
}

}  // namespace

int minimize_command(Subjects subjects, const MinimizeOptions& options) {
  const Target target = parse_target(subjects, options.target);
  const OpTable table(target.subject->ops);
  const Schedule given = read_schedule(options.file, target.subject->name, table);
  sim::Machine machine;
  Runner runner(machine, *target.subject, *target.variant);
  set_crash_context(fmt::format("{}/{}: the schedule is in {}, or a smaller form of it",
                                target.subject->name, target.variant->name, options.file));
  const Schedule failing = made_explicit(runner, given);
  const std::optional<Verdict> verdict = judge(runner, failing);
  if (!verdict) {
    throw UserError(fmt::format("{} gives no finding on {}/{}, so there is nothing to minimize",
                                options.file, target.subject->name, target.variant->name));
  }
  const Schedule small = minimize(
      failing, [&](const Schedule& s) { return still_gives(runner, s, verdict->signature); });
  write_file(options.output, to_text(small, target.subject->name, table));
  std::cout << fmt::format("{}: {}\n{}: {}\n", options.file, size_of(given), options.output,
                           size_of(small));
  return kExitClean;
}

}  // namespace revenant
