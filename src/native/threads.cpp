// The threads of the native machine, and how they go through a run together.
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <memory>

#include "base/check.h"
#include "native/machine.h"
#include "sim/happens_before.h"

namespace revenant::native {
namespace {

// A signal to the process is for the threads that the program knows of; one that a thread brings
// upon itself is not blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
      sigdelset(&all, own);
    }
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

// Of a thread, for handlers of signals that come when its own stack has overflowed. A sanitizer may
// have given it one.
class SignalStack {
 public:
  SignalStack() {
    stack_t before{};
    ::sigaltstack(nullptr, &before);
    if ((before.ss_flags & SS_DISABLE) == 0) return;
    memory_ = std::make_unique<std::byte[]>(kSizeBytes);
    const stack_t own{.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = kSizeBytes};
    ::sigaltstack(&own, nullptr);
  }
  ~SignalStack() {
    if (memory_ == nullptr) return;
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    ::sigaltstack(&none, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  static constexpr std::size_t kSizeBytes = 64 * 1024;
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace

Machine::~Machine() {
  quit_ = 1;
  futex_wake_all(quit_);
  callbacks_added_.open();
  for (Cpu& cpu : cpus_) cpu.start.open();
  const auto end = [this](std::thread& thread) {
    if (!thread.joinable()) return;
    if (process_ == ::getpid()) return thread.join();
    thread.detach();  // A fork has no such thread.
  };
  for (Cpu& cpu : cpus_) end(cpu.thread);
  end(watch_);
  if (running == this) running = nullptr;
}

void Machine::start_thread(Cpu& cpu, void (Machine::*body)(Cpu&)) {
  if (cpu.thread.joinable()) return;
  const SignalsBlocked blocked;
  cpu.thread = std::thread([this, &cpu, body] {
    const SignalStack for_overflows;
    self_ = &cpu;
    cpu.stack.own();
    {
      const sim::SyncIgnored liburcu;
      options_.flavor.register_thread();
    }
    (this->*body)(cpu);
    options_.flavor.unregister_thread();
  });
  cpu.handle = cpu.thread.native_handle();
  cpu.has_handle = true;
}

void Machine::start_threads(std::uint32_t cpu_count) {
  start_thread(cpus_[sim::kMaxCpus], &Machine::rcu_thread);
  for (std::uint32_t i = 1; i < cpu_count; ++i) start_thread(cpus_[i], &Machine::cpu_thread);
  if (watch_.joinable()) return;
  const SignalsBlocked blocked;
  watch_ = std::thread([this] { watch_thread(); });
}

bool Machine::run(std::uint32_t cpu_count, const sim::Program& program, const Course& course) {
  REVENANT_CHECK(cpu_count >= 1 && cpu_count <= sim::kMaxCpus);
  if (is_stopping()) return false;
  if (process_ == 0) process_ = ::getpid();
  REVENANT_CHECK(process_ == ::getpid());
  program_ = program;
  start_ = course.start;
  cpu_count_ = cpu_count;
  longest_pause_points_ =
      start_ == Start::kInTurn ? options_.longest_turn_points : options_.longest_pause_points;
  running_others_ = cpu_count - 1;
  others_ended_.close();
  arrived_ = 0;
  sim::hb_release(&start_clock_);
  start_threads(cpu_count);
  give_programs();
  cpus_[0].handle = ::pthread_self();
  cpus_[0].has_handle = true;
  watch_this_run();
  be_cpu_0(course.last);
  watch_no_run();
  sim::hb_acquire(&end_clock_);
  return !is_stopping();
}

// Where CPUs begin in turn, each pauses at its start for the one before, and its thread need not
// wake up for that.
void Machine::give_programs() {
  for (std::uint32_t i = 0; i < cpu_count_; ++i) {
    Cpu& cpu = cpus_[i];
    cpu.op = cpu.point = 0;
    cpu.is_running = true;
    cpu.has_begun = i == 0;
    cpu.is_pausing = false;
    cpu.points_left = 0;
  }
  for (std::uint32_t i = 1; i < cpu_count_; ++i) {
    begin_pause(cpus_[i], CpuId{static_cast<std::uint8_t>(i - 1)});
  }
  if (start_ == Start::kTogether) begin_all();
}

void Machine::be_cpu_0(const sim::Program& last) {
  Cpu& me = cpus_[0];
  self_ = &me;
  me.stack.own();
  {
    const sim::SyncIgnored liburcu;
    options_.flavor.register_thread();
  }
  if (start_ == Start::kTogether) leave_together();
  run_program(me, program_);
  stands_still(me);
  wait_for_others();
  if (last.run != nullptr && !is_stopping()) {
    run_program(me, last);
    stands_still(me);
  }
  wait_until_zero(callbacks_pending_);
  {
    const sim::SyncIgnored liburcu;
    options_.flavor.unregister_thread();
  }
  Stack::own_none();
  self_ = nullptr;
}

void Machine::cpu_thread(Cpu& cpu) {
  for (;;) {
    cpu.start.wait({});
    if (quit_ != 0) return;
    cpu.start.close();
    sim::hb_acquire(&start_clock_);
    if (start_ == Start::kTogether) leave_together();
    run_program(cpu, program_);
    stands_still(cpu);
    if (running_others_.fetch_sub(1) == 1) others_ended_.open();
  }
}

void Machine::run_program(Cpu& cpu, const sim::Program& program) {
  cpu.is_running = true;
  try {
    program.run(program.context, cpu.id);
    raise_report(cpu);
  } catch (const Abandoned&) {
    // This stack was unwound so that the next run finds it empty. Of two that raise at once the
    // second may come here before the first has told all others to stop.
    REVENANT_CHECK(has_finding_);
  }
  leave_sections(cpu);
  cpu.is_running = false;
  sim::hb_release(&end_clock_);
}

void Machine::wait_for_others() {
  if (cpu_count_ > 1) others_ended_.wait({});
  wait_until_zero(callbacks_pending_);
  sim::hb_acquire(&end_clock_);
  cpu_count_ = 1;  // Nobody is left to pause for.
}

// No CPU sleeps here: the others would be far ahead by the time that it woke up.
void Machine::leave_together() {
  arrived_.fetch_add(1);
  for (int looks = 0; arrived_ != cpu_count_; ++looks) between_looks(looks);
}

}  // namespace revenant::native
