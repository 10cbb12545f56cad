#include "cli/outcome_printer.h"

namespace revenant {

TracedRun run_traced(Runner& runner, const Schedule& schedule, Colour colour) {
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

bool still_gives(Runner& runner, const Schedule& schedule, const std::string& signature) {
  const Outcome outcome = runner.run(schedule);
  return outcome.finding && signature_of(*outcome.finding) == signature;
}

bool may_be_seen_once(FindingKind kind) {
  return kind == FindingKind::kDataRace || kind == FindingKind::kUbsan;
}

}  // namespace revenant
