#include "native/machine.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <bit>
#include <csignal>
#include <utility>

#include "base/check.h"
#include "base/rng.h"
#include "sim/happens_before.h"
#include "sim/sanitizers.h"

namespace revenant::native {
namespace {

using std::chrono::seconds;

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

}  // namespace

thread_local Machine::Cpu* Machine::self_ = nullptr;

Machine::Machine(const Options& options) : options_(options) {
  for (std::uint32_t i = 0; i < sim::kMaxFibers; ++i) {
    cpus_[i].id = CpuId{static_cast<std::uint8_t>(i)};
  }
}

Machine::~Machine() {
  quit_ = true;
  for (Cpu& cpu : cpus_) {
    cpu.programs.fetch_add(1);
    futex_wake_all(cpu.programs);
  }
  callbacks_added_.fetch_add(1);
  futex_wake_all(callbacks_added_);
  for (Cpu& cpu : cpus_) {
    if (!cpu.thread.joinable()) continue;
    if (process_ == ::getpid()) {
      cpu.thread.join();
    } else {
      cpu.thread.detach();  // A fork has no such thread.
    }
  }
  if (running == this) running = nullptr;
}

void Machine::begin(const ChoicesByCpu& choices, const sim::Observers& observers) {
  running = this;
  sim::forget_reports();
  sim::deliver_reports_to(
      [](FindingKind kind, std::uintptr_t address) { running->raise_soon(kind, address); });
  choices_ = choices;
  observers_ = observers;
  if (observers_.trace != nullptr) observers_.trace->clear();
  step_ = 0;
  stop_ = has_finding_ = false;
  finding_.reset();
  memory_.clear();
  // Under the lock: the thread that runs callbacks may be looking whether there are more.
  ghost_lock_.lock();
  callbacks_.reset();
  ghost_lock_.unlock();
  for (Cpu& cpu : cpus_) {
    cpu.op = cpu.point = 0;
    cpu.points_passed = 0;
    cpu.locks_held = 0;
    cpu.channel = cpu.waits_for = nullptr;
    cpu.has_report = false;
  }
}

void Machine::end() {
  sim::deliver_reports_to(nullptr);
  running = nullptr;
}

std::uint32_t Machine::points_passed() const {
  std::uint32_t sum = 0;
  for (const Cpu& cpu : cpus_) sum += cpu.points_passed.load(std::memory_order_relaxed);
  return sum;
}

// --- Threads ---

void Machine::start_thread(Cpu& cpu, void (Machine::*body)(Cpu&)) {
  if (cpu.thread.joinable()) return;
  const SignalsBlocked blocked;
  cpu.thread = std::thread([this, &cpu, body] {
    self_ = &cpu;
    cpu.stack.own();
    // Pauses are shorter than the slack that timers have by default.
    ::prctl(PR_SET_TIMERSLACK, 1000);
    options_.flavor.register_thread();
    (this->*body)(cpu);
    options_.flavor.unregister_thread();
  });
}

bool Machine::run(std::uint32_t cpu_count, const sim::Program& program, const Course& course) {
  REVENANT_CHECK(cpu_count >= 1 && cpu_count <= sim::kMaxCpus);
  if (is_stopping()) return false;
  if (process_ == 0) process_ = ::getpid();
  REVENANT_CHECK(process_ == ::getpid());
  const auto& [start, last] = course;
  program_ = program;
  last_program_ = last;
  cpu_count_ = cpu_count;
  longest_pause_ = start == Start::kInTurn ? options_.longest_turn : options_.longest_pause;
  running_ = cpu_count;
  running_others_ = cpu_count - 1;
  arrived_ = 0;
  sim::hb_release(&start_clock_);
  start_thread(cpus_[sim::kMaxCpus], &Machine::rcu_thread);
  for (std::uint32_t i = 0; i < cpu_count; ++i) {
    Cpu& cpu = cpus_[i];
    start_thread(cpu, &Machine::cpu_thread);
    cpu.op = cpu.point = 0;
    cpu.is_running = true;
    cpu.is_pausing = false;
    if (start == Start::kInTurn && i > 0) begin_pause(cpu, CpuId{static_cast<std::uint8_t>(i - 1)});
  }
  for (std::uint32_t i = 0; i < cpu_count; ++i) {
    cpus_[i].programs.fetch_add(1);
    futex_wake_all(cpus_[i].programs);
  }
  wait_until_zero(running_);
  wait_until_zero(callbacks_pending_);
  sim::hb_acquire(&end_clock_);
  return !is_stopping();
}

void Machine::cpu_thread(Cpu& cpu) {
  for (std::uint32_t done = 0;; ++done) {
    while (cpu.programs == done) futex_wait(cpu.programs, done, seconds(3600));
    if (quit_) return;
    run_programs(cpu);
  }
}

void Machine::run_programs(Cpu& cpu) {
  sim::hb_acquire(&start_clock_);
  leave_together();
  if (cpu.is_pausing) end_pause(cpu);
  run_program(cpu, program_);
  stands_still(cpu);
  if (index_of(cpu.id) > 0) {
    if (running_others_.fetch_sub(1) == 1) futex_wake_all(running_others_);
  } else if (last_program_.run != nullptr) {
    wait_for_others();
    if (!is_stopping()) run_program(cpu, last_program_);
  }
  if (running_.fetch_sub(1) == 1) futex_wake_all(running_);
}

void Machine::run_program(Cpu& cpu, const sim::Program& program) {
  cpu.is_running = true;
  try {
    program.run(program.context, cpu.id);
    raise_report(cpu);
  } catch (const Abandoned&) {
    // This stack was unwound so that the next run finds it empty.
    REVENANT_CHECK(is_stopping());
  }
  leave_sections(cpu);
  cpu.is_running = false;
  sim::hb_release(&end_clock_);
}

void Machine::wait_for_others() {
  for (FutexWord* const word : {&running_others_, &callbacks_pending_}) {
    for (std::uint32_t left = *word; left != 0; left = *word) futex_wait(*word, left, seconds(1));
  }
  sim::hb_acquire(&end_clock_);
  cpu_count_ = 1;  // Nobody is left to pause for.
}

// A thread that has a processor to itself must not fall asleep for the moment that another one
// needs to wake up.
void Machine::leave_together() {
  constexpr int kSpins = 100;
  arrived_.fetch_add(1);
  for (int spins = 0; arrived_ != cpu_count_; ++spins) {
    if (spins >= kSpins) yield_processor();
  }
}

// --- Points and pauses ---

CpuId Machine::cpu() const { return self_->id; }

Anchor Machine::here() const { return {self_->id, self_->op, self_->point}; }

void Machine::begin_op(std::uint16_t op, Site site) {
  self_->op = op;
  self_->point = static_cast<std::uint16_t>(-1);
  point(site);
}

void Machine::point(Site site) {
  Cpu& me = *self_;
  if (is_stopping()) throw Abandoned{};
  raise_report(me);
  ++me.point;
  me.site = site;
  me.points_passed.fetch_add(1, std::memory_order_relaxed);
  const CpuMask runnable = ((CpuMask{1} << cpu_count_) - 1) | mask_of(me.id);
  if (std::has_single_bit(runnable)) return;
  const CpuId next = choices_[index_of(me.id)]->next_cpu({.at = here(),
                                                          .runnable = runnable,
                                                          .in_section = in_section(me.id),
                                                          .locks_held = me.locks_held});
  if (next != me.id) pause(me, next);
}

void Machine::set_locks_held(std::size_t count) {
  self_->locks_held = static_cast<std::uint8_t>(count);
}

std::uint32_t Machine::pick(std::uint32_t count) {
  return count > 1 ? choices_[index_of(self_->id)]->pick(here(), count) : 0;
}

// --- Sleeping ---

void Machine::block_on(const volatile void* channel, const volatile void* object, Site site) {
  Cpu& me = *self_;
  if (is_stopping()) throw Abandoned{};  // Nobody would wake it.
  me.site = site;
  me.channel = channel;
  me.waits_for = object;
  me.awake = 0;
  stands_still(me);
  const std::uint32_t depth = ghost_lock_.release_all();
  while (me.awake == 0) futex_wait(me.awake, 0, seconds(1));
  ghost_lock_.take_back(depth);
  if (is_stopping()) throw Abandoned{};
}

void Machine::wake(const volatile void* channel) {
  for (Cpu& cpu : cpus_) {
    if (cpu.channel != channel) continue;
    cpu.channel = cpu.waits_for = nullptr;
    cpu.awake = 1;
    futex_wake_all(cpu.awake);
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

// --- Findings ---

void Machine::raise(FindingKind kind, Site site, std::string text, std::uintptr_t about) {
  keep(kind, here(), site, std::move(text), about);
  throw Abandoned{};
}

void Machine::raise_soon(FindingKind kind, std::uintptr_t address) {
  if (self_ == nullptr || self_->has_report) return;
  self_->has_report = true;
  self_->report_kind = kind;
  self_->report_address = address;
}

void Machine::raise_report(Cpu& me) {
  if (!me.has_report) return;
  me.has_report = false;
  sim::SanitizerVerdict verdict = sim::explain_sanitizer(me.report_kind, me.report_address);
  raise(verdict.kind, me.site, std::move(verdict.text), me.report_address);
}

void Machine::keep(FindingKind kind, const Anchor& at, Site site, std::string text,
                   std::uintptr_t about) {
  if (has_finding_.exchange(true)) return;
  finding_ = Finding{
      .kind = kind, .at = at, .step = step_, .site = site, .text = std::move(text), .about = about};
  ghost_lock_.lock();
  stop_.store(true, std::memory_order_release);
  for (Cpu& cpu : cpus_) {
    if (cpu.channel != nullptr) {
      cpu.awake = 1;
      futex_wake_all(cpu.awake);
    }
    let_go(cpu);
  }
  ghost_lock_.unlock();
  if (observers_.on_finding != nullptr) observers_.on_finding(*finding_);
}

// --- What is seen of a run ---

void Machine::record(sim::Event event) {
  const sim::HarnessScope harness;
  ghost_lock_.lock();
  event.step = step();
  event.at = here();
  observers_.trace->add(event);
  ghost_lock_.unlock();
}

// Counts that threads take from each other at the same moment are lost: it is a hint.
void Machine::feature(sim::Feature family, std::uint64_t key) {
  if (observers_.features != nullptr) sim::count_feature(*observers_.features, family, key);
}

}  // namespace revenant::native
