// One schedule in, one outcome out: what the runners of both engines share.
#pragma once

#include <cstdint>
#include <optional>

#include "schedule/program_drawer.h"
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

  // The same, and makes `written` the schedule with every answer written out that the run gave, so
  // that it needs no walk, in the order of the run: not normalized; or `schedule` itself where that
  // is not possible.
  Outcome run_and_write(const Schedule& schedule, const sim::Observers& observers,
                        Schedule& written) {
    return run_and_write_schedule(schedule, observers, written);
  }

  // Whether run_and_draw() may be called.
  virtual bool draws_programs() const { return false; }
  // The same as run_and_write() for a program that is drawn while it runs; the schedule's ops are
  // the drawer's to use. nullopt in place of `written` where answers did not fit into a schedule.
  // Replaying `written` is the same run if ops have no effect that are not interrupted, and make no
  // marked store, allocate nothing and free nothing.
  virtual Outcome run_and_draw(const Schedule& schedule, ProgramDrawer& drawer,
                               const sim::Observers& observers, std::optional<Schedule>& written);

  const Subject& subject() const { return subject_; }
  const Variant& variant() const { return variant_; }
  kernel::MemoryModel memory_model() const { return memory_model_; }
  virtual const sim::MemoryMap& memory() const = 0;

 protected:
  // Forgets the run before, and makes the subject's world. The engine's run must have begun.
  void begin_world(const Schedule& schedule);
  // What the CPUs do, and then CPU 0 alone.
  sim::Program ops();
  sim::Program tear_down();
  // The ops of one CPU, on it.
  virtual void run_cpu(CpuId cpu);
  void perform(const OpCall& call, std::uint16_t number);

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
  const Schedule* schedule_ = nullptr;
};

}  // namespace revenant
