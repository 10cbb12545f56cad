#include "run/runner.h"

#include "schedule/schedule_choices.h"

namespace revenant {

Runner::Runner(sim::Machine& machine, const Subject& subject, const Variant& variant)
    : ScheduleRunner(subject, variant), machine_(machine) {}

Outcome Runner::run_schedule(const Schedule& schedule, const sim::Observers& observers) {
  ScheduleChoices choices(schedule);
  return run(schedule, choices, observers);
}

Outcome Runner::run(const Schedule& schedule, Choices& choices, const sim::Observers& observers) {
  machine_.begin(choices, observers);
  begin_world(schedule);
  if (machine_.run(static_cast<std::uint32_t>(schedule.cpus.size()), ops())) {
    machine_.run(1, tear_down());
  }
  return {.finding = machine_.finding(), .steps = machine_.step()};
}

Outcome Runner::run_and_write_schedule(const Schedule& schedule, const sim::Observers& observers,
                                       Schedule& written) {
  written = {};
  written.cpus = schedule.cpus;
  ScheduleChoices source(schedule);
  ExplicitRecorder recorder(source, written);
  Outcome outcome = run(schedule, recorder, observers);
  if (!recorder.complete()) written = schedule;
  return outcome;
}

Schedule made_explicit(Runner& runner, const Schedule& schedule) {
  Schedule written;
  runner.run_and_write(schedule, {}, written);
  normalize(written);
  return written;
}

}  // namespace revenant
