// Runs schedules in the sim engine.
#pragma once

#include <optional>

#include "run/schedule_runner.h"
#include "schedule/schedule_choices.h"

namespace revenant {

// The outcome of a run depends on the schedule alone, not on the runs before it.
class Runner final : public ScheduleRunner {
 public:
  // All three must outlive the runner; several runners may share a machine, one run at a time.
  Runner(sim::Machine& machine, const Subject& subject, const Variant& variant)
      : Runner(machine, subject, variant, variant.memory) {}
  Runner(sim::Machine& machine, const Subject& subject, const Variant& variant,
         kernel::MemoryModel memory);

  using ScheduleRunner::run;
  // The same, with `choices` to answer the questions instead of the schedule's lists and walk.
  Outcome run(const Schedule& schedule, Choices& choices, const sim::Observers& observers = {});

  bool draws_programs() const override { return true; }
  Outcome run_and_draw(const Schedule& schedule, ProgramDrawer& drawer,
                       const sim::Observers& observers, std::optional<Schedule>& written) override;

  const sim::MemoryMap& memory() const override { return machine_.memory(); }

 private:
  // What a run draws its program from, and where it writes it.
  struct Drawing {
    ProgramDrawer& drawer;
    const ScheduleChoices& choices;
    Schedule& written;
  };

  Outcome run_schedule(const Schedule& schedule, const sim::Observers& observers) override;
  Outcome run_and_write_schedule(const Schedule& schedule, const sim::Observers& observers,
                                 Schedule& written) override;
  void run_cpu(CpuId cpu) override;
  // Performs the op as the CPU's number `number`; true if it left no trace.
  bool perform_drawn(const OpCall& call, std::uint16_t number);

  sim::Machine& machine_;
  std::optional<Drawing> drawing_;  // During run_and_draw().
};

// The schedule with every answer that its run gave written out, so that it needs no walk; unchanged
// where that is not possible within a schedule's bounds.
Schedule made_explicit(Runner& runner, const Schedule& schedule);

}  // namespace revenant
