#include "cli/outcome_printer.h"

#include "report/explanation.h"
#include "report/json_report.h"
#include "report/sarif.h"
#include "report/signature.h"

namespace revenant {

Outcome run_recorded(ScheduleRunner& runner, const Schedule& schedule,
                     const std::function<void(const ReportInput&)>& render) {
  static sim::Trace trace;
  Outcome outcome = runner.run(schedule, {.trace = &trace});
  render({.subject = runner.subject(),
          .variant = runner.variant(),
          .schedule = schedule,
          .program = runner.program(),
          .events = trace.events(),
          .memory = runner.memory(),
          .finding = outcome.finding,
          .memory_model = runner.memory_model()});
  return outcome;
}

TracedRun run_traced(ScheduleRunner& runner, const Schedule& schedule, Colour colour) {
  TracedRun run;
  run.outcome = run_recorded(runner, schedule, [&](const ReportInput& input) {
    const Recording recording = record_of(input);
    run.timeline = timeline(input, recording, colour);
    if (!input.finding) return;
    run.first_line = finding_line(input);
    run.signature = signature_of(input, recording);
    run.explanation = as_paragraph(explain(input, recording));
  });
  return run;
}

Repeated run_repeatedly(ScheduleRunner& runner, const Schedule& schedule, std::uint32_t times,
                        Colour colour, const std::function<bool()>& keep_going) {
  Repeated all;
  while (all.runs < times && (!keep_going || keep_going())) {
    ++all.runs;
    TracedRun run = run_traced(runner, schedule, colour);
    const bool is_failure = run.outcome.finding.has_value();
    all.steps += run.outcome.steps;
    if (all.failed == 0) all.shown = std::move(run);
    if (is_failure) ++all.failed;
  }
  return all;
}

void SarifLog::add(ScheduleRunner& runner, const Schedule& schedule, const std::string& file) {
  run_recorded(runner, schedule, [&](const ReportInput& input) {
    if (input.finding) results_.push_back(sarif_result(input, record_of(input), file));
  });
}

void SarifLog::add_results(const nlohmann::ordered_json& results) {
  results_.insert(results_.end(), results.begin(), results.end());
}

std::string SarifLog::text() const { return json_text(sarif_document(results_), 1) + "\n"; }

std::optional<Verdict> verdict_of_run(ScheduleRunner& runner, const Schedule& schedule) {
  std::optional<Verdict> verdict;
  run_recorded(runner, schedule, [&](const ReportInput& input) {
    if (!input.finding) return;
    verdict = Verdict{.kind = std::string(name_of(input.finding->kind)),
                      .signature = signature_of(input, record_of(input)),
                      .text = input.finding->text};
  });
  return verdict;
}

}  // namespace revenant
