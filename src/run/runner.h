// Runs schedules in the sim engine.
#pragma once

#include <optional>

#include "run/schedule_runner.h"
#include "schedule/op_table.h"
#include "schedule/program_drawer.h"
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
  // The same for the ops that the schedule lists, with `choices` to answer the questions instead of
  // the schedule's lists and walk.
  Outcome run(const Schedule& schedule, Choices& choices, const sim::Observers& observers = {});

  bool draws_while_it_runs() const override { return true; }

  const sim::MemoryMap& memory() const override { return machine_.memory(); }

 private:
  // Of a run whose ops are drawn.
  struct Drawing {
    ProgramDrawer drawer;
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
  OpTable table_;
  std::optional<Drawing> drawing_;
};

// The schedule with every op and answer that its run had written out, so that it needs no walk;
// unchanged where that is not possible within a schedule's bounds. See run_and_write().
Schedule made_explicit(ScheduleRunner& runner, const Schedule& schedule);

// The same if its run shows a finding of this kind too, and `schedule` otherwise: what is kept of a
// finding for people to read.
Schedule made_explicit_for(FindingKind kind, ScheduleRunner& runner, const Schedule& schedule);

}  // namespace revenant
