#include "sim/machine.h"

#include <bit>

#include "base/check.h"
#include "base/rng.h"
#include "sim/happens_before.h"
#include "sim/sanitizers.h"

namespace revenant::sim {
Machine::Machine() {
  for (std::uint32_t i = 0; i < kMaxFibers; ++i) {
    Cpu& cpu = cpus_[i];
    cpu.id = CpuId{static_cast<std::uint8_t>(i)};
    cpu.machine = this;
    cpu.fiber = std::make_unique<Fiber>(&fiber_entry, &cpu);
  }
}

Machine::~Machine() {
  stopping_ = true;
  unwind_all();
  quitting_ = true;
  for (Cpu& cpu : cpus_) Fiber::switch_between(main_, *cpu.fiber);
  if (current_machine == this) current_machine = nullptr;
}

void Machine::begin(Choices& choices, const Observers& observers) {
  current_machine = this;
  forget_reports();
  choices_ = &choices;
  observers_ = observers;
  if (observers_.trace != nullptr) observers_.trace->clear();
  step_ = switches_ = effects_ = questions_ = 0;
  stopping_ = pending_ = false;
  finding_.reset();
  rcu_.reset();
  memory_.clear();
  reads_from_.begin_run();
  cpus_[kMaxCpus].op = 0;
}

bool Machine::run(std::uint32_t cpu_count, const Program& program) {
  REVENANT_CHECK(cpu_count >= 1 && cpu_count <= kMaxCpus);
  if (stopping_) return false;
  program_ = program;
  runnable_ = (CpuMask{1} << cpu_count) - 1;
  running_programs_ = cpu_count;
  // Of all CPUs: one that this run does not use may still sleep in a run that a finding ended.
  for (Cpu& cpu : cpus_) {
    cpu.ops_begun = 0;
    cpu.locks_held = 0;
    cpu.site = Site{};
    if (cpu.id != kRcuCpu) cpu.op = 0;
    cpu.channel = cpu.waits_for = nullptr;
  }
  hb_release(&start_clock_);
  current_ = cpus_.data();
  Fiber::switch_between(main_, *current_->fiber);
  if (stopping_) unwind_all();
  hb_acquire(&end_clock_);
  return !stopping_;
}

// A stopped run leaves CPUs in the midst of things: each wakes, finds the run stopping, and throws.
void Machine::unwind_all() {
  for (Cpu& cpu : cpus_) {
    if (!cpu.in_program) continue;
    current_ = &cpu;
    Fiber::switch_between(main_, *cpu.fiber);
  }
}

void Machine::fiber_entry(void* argument) {
  Cpu& cpu = *static_cast<Cpu*>(argument);
  Machine& machine = *cpu.machine;
  while (!machine.quitting_) {
    machine.run_program(cpu);
    machine.leave(cpu);
  }
}

void Machine::run_program(Cpu& cpu) {
  hb_acquire(&start_clock_);
  cpu.in_program = true;
  try {
    if (cpu.id == kRcuCpu) {
      run_callbacks();
    } else if (!stopping_) {
      program_.run(program_.context, cpu.id);
      step_taken();
    }
  } catch (const Abandoned&) {
    // This stack was unwound so that the next run finds it empty.
    REVENANT_CHECK(stopping_);
  }
  cpu.in_program = false;
  hb_release(&end_clock_);
}

void Machine::run_callbacks() {
  for (;;) {
    while (rcu_.ready_count() == 0) {
      runnable_ &= ~mask_of(kRcuCpu);
      hb_release(&end_clock_);
      hand_over();
      hb_acquire(&start_clock_);
    }
    // Each callback is an op of its own, so that its questions have anchors of their own.
    ++current_->op;
    current_->point = 0;
    point(Site::current());
    const std::uint32_t ready = rcu_.ready_count();
    rcu_.run_ready(ready > 1 ? pick(ready) : 0);
    step_taken();
    wake(rcu_.barrier_channel());
  }
}

// The CPU has ended, or was unwound. Continues elsewhere; returns at the CPU's next program.
void Machine::leave(Cpu& cpu) {
  runnable_ &= ~mask_of(cpu.id);
  if (stopping_) return switch_to_main();
  cpu.op = cpu.ops_begun;
  cpu.point = 0;
  --running_programs_;
  if (runnable_ == 0) {
    if (!all_ended()) keep_deadlock();
    return switch_to_main();
  }
  const CpuId next =
      std::has_single_bit(runnable_) ? default_cpu(cpu.id, runnable_) : ask_next_cpu();
  current_ = &cpus_[index_of(next)];
  ++switches_;
  Fiber::switch_between(*cpu.fiber, *current_->fiber);
}

CpuId Machine::ask_next_cpu() {
  if (step_ >= kFairAfter) return default_cpu(current_->id, runnable_);
  ++questions_;
  return choices_->next_cpu({.at = here(),
                             .runnable = runnable_,
                             .in_section = rcu_.in_section(current_->id),
                             .locks_held = current_->locks_held});
}

bool Machine::all_ended() const { return running_programs_ == 0 && !rcu_.callbacks_pending(); }

void Machine::switch_to_main() {
  hb_release(&end_clock_);  // A deadlock may have been found since the CPU's program ended.
  Fiber::switch_between(*current_->fiber, main_);
}

void Machine::switch_to(CpuId next) {
  Cpu& from = *current_;
  Cpu& to = cpus_[index_of(next)];
  feature(Feature::kSwitch, key_of(0, from.site, to.site));
  current_ = &to;
  ++switches_;
  Fiber::switch_between(*from.fiber, *to.fiber);
  if (stopping_) throw Abandoned{};
}

void Machine::begin_op(std::uint16_t op, Site site) {
  step_taken();
  current_->op = op;
  current_->ops_begun = op + 1U;
  current_->point = static_cast<std::uint32_t>(-1);
  next_point(site);
}

void Machine::point(Site site) {
  step_taken();
  next_point(site);
}

void Machine::next_point(Site site) {
  Cpu& me = *current_;
  ++me.point;
  me.site = site;
  if (step_ >= kFairAfter) {
    take_turns();
  } else if (!std::has_single_bit(runnable_)) {
    const CpuId next = ask_next_cpu();
    if (next != me.id) switch_to(next);
  }
  ++step_;  // Now, so that steps count effects in their order.
}

void Machine::step_taken() {
  if (pending_) raise_pending();
  if (program_.after_step != nullptr) program_.after_step(program_.context);
}

void Machine::take_turns() {
  if (step_ >= kMaxSteps) {
    raise(FindingKind::kLivelock, current_->site,
          "no end after " + std::to_string(kMaxSteps) + " steps, the last " +
              std::to_string(kMaxSteps - kFairAfter) + " of them in strict turns");
  }
  const CpuMask others = runnable_ & ~mask_of(current_->id);
  if (others != 0) switch_to(default_cpu(current_->id, others));
}

// The current CPU cannot go on: some other must, or nobody can.
void Machine::hand_over() {
  step_taken();
  if (runnable_ == 0) {
    if (all_ended()) {
      switch_to_main();
      if (stopping_) throw Abandoned{};
      return;
    }
    keep_deadlock();
    throw Abandoned{};
  }
  ++current_->point;
  switch_to(std::has_single_bit(runnable_) ? default_cpu(current_->id, runnable_) : ask_next_cpu());
}

void Machine::block_on(const volatile void* channel, const volatile void* object, Site site) {
  Cpu& me = *current_;
  me.site = site;
  me.channel = channel;
  me.waits_for = object;
  runnable_ &= ~mask_of(me.id);
  if (observers_.features != nullptr) {
    const auto waiting = static_cast<std::uint64_t>(std::popcount(sleepers(channel, 1)));
    feature(Feature::kWaiters, key_of(waiting, site));
  }
  if (tracing()) {
    record({.what = Primitive::kBlocked,
            .site = site,
            .object = {.bits = reinterpret_cast<std::uintptr_t>(object)}});
  }
  hand_over();
}

void Machine::wake(const volatile void* channel) {
  for (Cpu& cpu : cpus_) {
    if (cpu.channel != channel) continue;
    cpu.channel = cpu.waits_for = nullptr;
    runnable_ |= mask_of(cpu.id);
  }
}

CpuMask Machine::sleepers(const volatile void* begin, std::size_t size_bytes) const {
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  CpuMask mask = 0;
  for (const Cpu& cpu : cpus_) {
    if (reinterpret_cast<std::uintptr_t>(cpu.channel) - first < size_bytes) mask |= mask_of(cpu.id);
  }
  return mask;
}

void Machine::rcu_read_unlock() {
  if (!rcu_.read_unlock(cpu())) return;
  see_ready_callbacks();
  rcu_.for_each_over([this](const void* channel) { wake(channel); });
}

void Machine::call_rcu(Rcu::Function function, void* argument) {
  rcu_.begin(function, argument);
  see_ready_callbacks();
}

// One that waits in the midst of a callback sees them when it is through.
void Machine::see_ready_callbacks() {
  const bool waits = cpus_[index_of(kRcuCpu)].channel != nullptr;
  if (rcu_.ready_count() > 0 && !waits) runnable_ |= mask_of(kRcuCpu);
}

std::uint32_t Machine::pick(std::uint32_t count) {
  if (count < 2) return 0;
  ++questions_;
  return choices_->pick(here(), count);
}

void Machine::record(Event event) {
  const HarnessScope harness;
  event.step = step_;
  event.at = here();
  observers_.trace->add(event);
}

void Machine::note_load(const volatile void* address, Site site) {
  if (observers_.features == nullptr) return;
  const auto key = reads_from_.loaded(reinterpret_cast<std::uintptr_t>(address), cpu(), site);
  if (key) feature(Feature::kReadsFrom, *key);
}

void Machine::note_store(const volatile void* address, Site site) {
  if (observers_.features == nullptr) return;
  reads_from_.stored(reinterpret_cast<std::uintptr_t>(address), cpu(), site);
}

}  // namespace revenant::sim
