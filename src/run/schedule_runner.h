// One schedule in, one outcome out: what the runners of both engines share.
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

// Runs schedules against one variant of one subject.
class ScheduleRunner {
 public:
  ScheduleRunner(const Subject& subject, const Variant& variant,
                 kernel::MemoryModel memory = kernel::MemoryModel::kSc);
  virtual ~ScheduleRunner() = default;
  ScheduleRunner(const ScheduleRunner&) = delete;
  ScheduleRunner& operator=(const ScheduleRunner&) = delete;

  // The schedule must be normalized and its ops be the subject's.
  Outcome run(const Schedule& schedule, const sim::Observers& observers = {}) {
    return run_schedule(schedule, observers);
  }

  // The same, and makes `written` the schedule with every op and answer written out that the run
  // had, so that it needs no walk, in the order of the run: not normalized; or `schedule` itself
  // where that is not possible. It is the same run, unless an op that was passed over for leaving
  // no trace (program_drawer.h) had an effect after all: a plain store.
  Outcome run_and_write(const Schedule& schedule, const sim::Observers& observers,
                        Schedule& written) {
    return run_and_write_schedule(schedule, observers, written);
  }

  // The ops of the last run: those of its schedule, and those that were drawn.
  const OpsByCpu& program() const { return program_; }

  // Whether the ops of a schedule that draws are drawn while it runs, so that most do something,
  // and not beforehand.
  virtual bool draws_while_it_runs() const { return false; }

  const Subject& subject() const { return subject_; }
  const Variant& variant() const { return variant_; }
  kernel::MemoryModel memory_model() const { return memory_model_; }
  virtual const sim::MemoryMap& memory() const = 0;

 protected:
  // Forgets the run before, and makes the subject's world. The engine's run must have begun.
  void begin_world(const OpsByCpu& program);
  // What the CPUs do, and then CPU 0 alone.
  sim::Program ops();
  sim::Program tear_down();
  // The ops of one CPU, on it.
  virtual void run_cpu(CpuId cpu);
  void perform(const OpCall& call, std::uint16_t number);

  OpsByCpu program_;

 private:
  virtual Outcome run_schedule(const Schedule& schedule, const sim::Observers& observers) = 0;
  virtual Outcome run_and_write_schedule(const Schedule& schedule, const sim::Observers& observers,
                                         Schedule& written) = 0;
  static void run_ops(void* runner, CpuId cpu);
  static void run_tear_down(void* runner, CpuId cpu);
  static void check_step(void* runner);

  const Subject& subject_;
  const Variant& variant_;
  const kernel::MemoryModel memory_model_;
};

}  // namespace revenant
