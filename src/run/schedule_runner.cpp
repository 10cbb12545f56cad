// What a run is made of in both engines: a world, the ops of each CPU, and the judgement of what
// they leave.
// The features of a search know these places by their lines: moving them makes it another search,
// as good as this one, with other figures than docs/ has.
#include "run/schedule_runner.h"

#include "kernel/access.h"
#include "kernel/barrier.h"
#include "kernel/bug.h"
#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/read_sets.h"
#include "kernel/slab_state.h"
#include "schedule/schedule_choices.h"
#include "sim/sanitizers.h"

namespace revenant {
namespace {

void record_op(sim::Primitive what, std::string_view name) {
  const kernel::Engine machine = kernel::running();
  if (machine.tracing()) machine.record({.what = what, .text = name.data()});
}

// A kernel checks the same when a task returns to user space.
void check_op_left_nothing(Site site) { kernel::check_left_nothing("op", site); }

sim::SanitizerVerdict explain(FindingKind kind, std::uintptr_t address) {
  return kernel::slab().explain(kind, address);
}

}  // namespace

ScheduleRunner::ScheduleRunner(const Subject& subject, const Variant& variant,
                               kernel::MemoryModel memory)
    : subject_(subject), variant_(variant), memory_model_(memory) {
  sim::listen_to_sanitizers(&explain);
}

void ScheduleRunner::begin_world(const OpsByCpu& program) {
  program_ = program;
  kernel::slab().begin_run();
  kernel::lock_owners().begin_run();
  kernel::fence_begin_run();
  kernel::read_sets().begin_run(subject_.outlook);
  kernel::begin_memory(memory_model_);
  subject_.set_up(variant_);
}

sim::Program ScheduleRunner::ops() {
  return {.context = this,
          .run = &run_ops,
          .after_step = subject_.after_step != nullptr ? &check_step : nullptr};
}

sim::Program ScheduleRunner::tear_down() { return {.context = this, .run = &run_tear_down}; }

void ScheduleRunner::check_step(void* runner) {
  static_cast<ScheduleRunner*>(runner)->subject_.after_step();
}

void ScheduleRunner::run_ops(void* runner, CpuId cpu) {
  static_cast<ScheduleRunner*>(runner)->run_cpu(cpu);
}

void ScheduleRunner::run_cpu(CpuId cpu) {
  std::uint16_t number = 0;
  for (const OpCall& call : program_[index_of(cpu)]) perform(call, number++);
}

void ScheduleRunner::perform(const OpCall& call, std::uint16_t number) {
  const OpSpec& spec = subject_.ops[call.op];
  kernel::running().begin_op(number);
  record_op(sim::Primitive::kOpBegin, spec.name);
  spec.perform(call.arguments);
  check_op_left_nothing(Site::current());
  record_op(sim::Primitive::kOpEnd, spec.name);
}

void ScheduleRunner::run_tear_down(void* runner, CpuId /*cpu*/) {
  const auto& self = *static_cast<ScheduleRunner*>(runner);
  if (kernel::WeakMemory* const weak = kernel::weak_memory()) weak->settle();
  kernel::running().begin_op(kTearDownOp);
  // Where CPUs run at once, this is the first moment at which the world stands still.
  if (kernel::Engine::is_native() && self.subject_.after_step != nullptr) {
    self.subject_.after_step();
  }
  record_op(sim::Primitive::kOpBegin, "tear down");
  self.subject_.tear_down();
  check_op_left_nothing(Site::current());
  kernel::slab().report_left_over(Site::current());
}

}  // namespace revenant
