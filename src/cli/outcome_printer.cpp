#include "cli/outcome_printer.h"

namespace revenant {

TracedRun run_traced(ScheduleRunner& runner, const Schedule& schedule, Colour colour) {
  static sim::Trace trace;
  TracedRun run{
      .outcome = runner.run(schedule, {.trace = &trace}), .first_line = {}, .timeline = {}};
  const TimelineInput input{.subject = runner.subject(),
                            .variant = runner.variant(),
                            .schedule = schedule,
                            .events = trace.events(),
                            .memory = runner.memory(),
                            .finding = run.outcome.finding};
  if (run.outcome.finding) run.first_line = finding_line(input);
  run.timeline = timeline(input, colour);
  return run;
}

Repeated run_repeatedly(ScheduleRunner& runner, const Schedule& schedule, std::uint32_t times,
                        Colour colour) {
  Repeated all;
  for (std::uint32_t i = 0; i < times; ++i) {
    TracedRun run = run_traced(runner, schedule, colour);
    const bool is_failure = run.outcome.finding.has_value();
    all.steps += run.outcome.steps;
    if (all.failed == 0) all.shown = std::move(run);
    if (is_failure) ++all.failed;
  }
  return all;
}

std::optional<Verdict> verdict_of_run(ScheduleRunner& runner, const Schedule& schedule) {
  const Outcome outcome = runner.run(schedule);
  if (!outcome.finding) return std::nullopt;
  return Verdict{.kind = std::string(name_of(outcome.finding->kind)),
                 .signature = signature_of(*outcome.finding),
                 .text = outcome.finding->text};
}

bool may_be_seen_once(FindingKind kind) {
  return kind == FindingKind::kDataRace || kind == FindingKind::kUbsan;
}

}  // namespace revenant
