// One schedule in, one outcome out.
#pragma once

#include <cstdint>
#include <optional>

#include "schedule/schedule.h"
#include "sim/machine.h"
#include "subjects/subject.h"

namespace revenant {

struct Outcome {
  std::optional<Finding> finding;
  std::uint32_t steps = 0;
};

// Runs schedules against one variant of one subject, in the sim engine. The outcome of a run
// depends on the schedule alone, not on the runs before it.
class Runner {
 public:
  // All three must outlive the runner; several runners may share a machine, one run at a time.
  Runner(sim::Machine& machine, const Subject& subject, const Variant& variant);

  // The schedule must be normalized and its ops be the subject's.
  Outcome run(const Schedule& schedule, const sim::Observers& observers = {});
  // The same, and makes `written` the schedule with every answer written out that the run gave, so
  // that it needs no walk; or `schedule` itself where that is not possible.
  Outcome run_and_write(const Schedule& schedule, const sim::Observers& observers,
                        Schedule& written);
  // The same, with `choices` to answer the questions instead of the schedule's lists and walk.
  Outcome run(const Schedule& schedule, Choices& choices, const sim::Observers& observers = {});

  const Subject& subject() const { return subject_; }
  const Variant& variant() const { return variant_; }
  const sim::MemoryMap& memory() const { return machine_.memory(); }

 private:
  static void run_ops(void* runner, CpuId cpu);
  static void run_tear_down(void* runner, CpuId cpu);
  static void check_step(void* runner);

  sim::Machine& machine_;
  const Subject& subject_;
  const Variant& variant_;
  const Schedule* schedule_ = nullptr;
};

// The schedule with every answer that its run gave written out, so that it needs no walk; unchanged
// where that is not possible within a schedule's bounds.
Schedule made_explicit(Runner& runner, const Schedule& schedule);

}  // namespace revenant
