#include "run/runner.h"

namespace revenant {

Runner::Runner(sim::Machine& machine, const Subject& subject, const Variant& variant,
               kernel::MemoryModel memory)
    : ScheduleRunner(subject, variant, memory), machine_(machine), table_(subject.ops) {}

Outcome Runner::run_schedule(const Schedule& schedule, const sim::Observers& observers) {
  if (schedule.draws) {
    Schedule written;  // By which it is told whether an op left a trace.
    return run_and_write_schedule(schedule, observers, written);
  }
  ScheduleChoices choices(schedule);
  return run(schedule, choices, observers);
}

Outcome Runner::run(const Schedule& schedule, Choices& choices, const sim::Observers& observers) {
  machine_.begin(choices, observers);
  begin_world(schedule.cpus);
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
  if (schedule.draws) {
    for (Ops& ops : written.cpus) ops.clear();
    drawing_.emplace(Drawing{.drawer{table_, schedule}, .choices = source, .written = written});
  }
  Outcome outcome = run(written, recorder, observers);
  drawing_.reset();
  if (!recorder.complete()) written = schedule;
  return outcome;
}

void Runner::run_cpu(CpuId cpu) {
  if (!drawing_) return ScheduleRunner::run_cpu(cpu);
  auto& [drawer, choices, written] = *drawing_;
  // Both at once, as a run may end in the midst of an op.
  Ops& ops = program_[index_of(cpu)];
  Ops& ops_written = written.cpus[index_of(cpu)];
  while (const std::optional<OpCall> call = drawer.next(cpu, choices.walks())) {
    const sim::Machine::Bookmark before = machine_.bookmark();
    ops.push_back(*call);
    ops_written.push_back(*call);
    const bool is_idle = perform_drawn(*call, static_cast<std::uint16_t>(ops.size() - 1));
    if (drawer.keeps(cpu, is_idle)) continue;
    ops.pop_back();  // The next op has its number.
    ops_written.pop_back();
    machine_.forget_since(before);
  }
}

bool Runner::perform_drawn(const OpCall& call, std::uint16_t number) {
  const auto answers = [this] {
    return drawing_->written.preemptions.size() + drawing_->written.picks.size();
  };
  const std::size_t answers_before = answers();
  const std::uint32_t effects_before = machine_.effects();
  const std::uint32_t switches_before = machine_.switches();
  perform(call, number);
  const bool ran_alone = machine_.switches() == switches_before;
  return ran_alone && machine_.effects() == effects_before && answers() == answers_before;
}

Schedule made_explicit(ScheduleRunner& runner, const Schedule& schedule) {
  Schedule written;
  runner.run_and_write(schedule, {}, written);
  normalize(written);
  return written;
}

Schedule made_explicit_for(FindingKind kind, ScheduleRunner& runner, const Schedule& schedule) {
  const Schedule written = made_explicit(runner, schedule);
  const Outcome again = runner.run(written);
  return again.finding && again.finding->kind == kind ? written : schedule;
}

}  // namespace revenant
