#include "run/runner.h"

#include "kernel/access.h"
#include "kernel/barrier.h"
#include "kernel/bug.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"
#include "schedule/schedule_choices.h"
#include "sim/sanitizers.h"

namespace revenant {
namespace {

// A kernel checks the same when a task returns to user space.
void check_op_left_nothing(Site site) {
  sim::Machine& machine = sim::running();
  if (machine.rcu().in_section(machine.cpu())) {
    machine.raise(FindingKind::kBugOn, site, "op ends inside an RCU read-side section");
  }
  if (const volatile void* const lock = kernel::lock_owners().any_held()) {
    machine.raise(FindingKind::kBugOn, site,
                  "op ends with " + kernel::slab().name_of(lock) + " held");
  }
}

void record_op(sim::Primitive what, std::string_view name) {
  sim::Machine& machine = sim::running();
  if (machine.tracing()) machine.record({.what = what, .text = name.data()});
}

void perform(const Subject& subject, const OpCall& call, std::uint16_t number) {
  const OpSpec& spec = subject.ops[call.op];
  sim::running().begin_op(number);
  record_op(sim::Primitive::kOpBegin, spec.name);
  spec.perform(call.arguments);
  check_op_left_nothing(Site::current());
  record_op(sim::Primitive::kOpEnd, spec.name);
}

sim::SanitizerVerdict explain(FindingKind kind, std::uintptr_t address) {
  return kernel::slab().explain(kind, address);
}

}  // namespace

Runner::Runner(sim::Machine& machine, const Subject& subject, const Variant& variant)
    : machine_(machine), subject_(subject), variant_(variant) {
  sim::listen_to_sanitizers(&explain);
}

Outcome Runner::run(const Schedule& schedule, const sim::Observers& observers) {
  ScheduleChoices choices(schedule);
  return run(schedule, choices, observers);
}

Outcome Runner::run(const Schedule& schedule, Choices& choices, const sim::Observers& observers) {
  schedule_ = &schedule;
  machine_.begin(choices, observers);
  kernel::slab().begin_run();
  kernel::lock_owners().begin_run();
  kernel::fence_begin_run();
  subject_.set_up(variant_);
  const sim::Program ops{.context = this,
                         .run = &run_ops,
                         .after_step = subject_.after_step != nullptr ? &check_step : nullptr};
  const sim::Program tear_down{.context = this, .run = &run_tear_down};
  if (machine_.run(static_cast<std::uint32_t>(schedule.cpus.size()), ops)) {
    machine_.run(1, tear_down);
  }
  return {.finding = machine_.finding(), .steps = machine_.step()};
}

void Runner::run_ops(void* runner, CpuId cpu) {
  const Runner& self = *static_cast<Runner*>(runner);
  std::uint16_t number = 0;
  for (const OpCall& call : self.schedule_->cpus[index_of(cpu)]) {
    perform(self.subject_, call, number++);
  }
}

void Runner::run_tear_down(void* runner, CpuId /*cpu*/) {
  const Runner& self = *static_cast<Runner*>(runner);
  sim::running().begin_op(kTearDownOp);
  record_op(sim::Primitive::kOpBegin, "tear down");
  self.subject_.tear_down();
  check_op_left_nothing(Site::current());
  kernel::slab().report_left_over(Site::current());
}

void Runner::check_step(void* runner) { static_cast<Runner*>(runner)->subject_.after_step(); }

Outcome Runner::run_and_write(const Schedule& schedule, const sim::Observers& observers,
                              Schedule& written) {
  written = {};
  written.cpus = schedule.cpus;
  ScheduleChoices source(schedule);
  ExplicitRecorder recorder(source, written);
  Outcome outcome = run(schedule, recorder, observers);
  if (!recorder.complete()) written = schedule;
  normalize(written);
  return outcome;
}

Schedule made_explicit(Runner& runner, const Schedule& schedule) {
  Schedule written;
  runner.run_and_write(schedule, {}, written);
  return written;
}

}  // namespace revenant
