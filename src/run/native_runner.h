// Runs schedules in the native engine: on real threads, over liburcu.
#pragma once

#include "native/machine.h"
#include "run/schedule_runner.h"
#include "schedule/op_table.h"

namespace revenant {

// A schedule's preemptions are pauses here, at the same places, and the seed of its walk gives
// others. What a walk draws is drawn beforehand. So the outcome of a run is likely, not sure, to be
// that of the next.
class NativeRunner final : public ScheduleRunner {
 public:
  // All three must outlive the runner; several runners may share a machine, one run at a time.
  NativeRunner(native::Machine& machine, const Subject& subject, const Variant& variant);

  const sim::MemoryMap& memory() const override { return machine_.memory(); }

 private:
  Outcome run_schedule(const Schedule& schedule, const sim::Observers& observers) override;
  // Nothing decides a run whole, so no answer can be written out.
  Outcome run_and_write_schedule(const Schedule& schedule, const sim::Observers& observers,
                                 Schedule& written) override;

  native::Machine& machine_;
  OpTable table_;
};

}  // namespace revenant
