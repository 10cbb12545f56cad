// The watch over a run that does not end: a deadlock or a livelock becomes a finding.
//
// Neither is a matter of how long a run has taken, since a machine may be slow: a deadlock is that
// all CPUs sleep, looked at twice; a livelock that a CPU has used much processor time. Nor is it,
// unless it takes very long, that a CPU does not come back after a finding.
#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "native/machine.h"

namespace revenant::native {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLookEvery{500};
constexpr milliseconds kEndless{1500};  // Of processor time, since the first look.
// After a finding CPUs unwind at once, but for one in a loop without a scheduling point. One that
// uses no processor time either may be starved, or may never come back.
constexpr milliseconds kLost{1000};  // Of processor time, since the first look after the finding.
constexpr int kLooksUntilLost = 60;
constexpr int kExitFinding = 1;

nanoseconds processor_time_of(pthread_t thread) {
  clockid_t clock{};
  timespec time{};
  if (::pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return nanoseconds(0);
  }
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace

// What was seen at the last look.
struct Machine::Watch {
  std::uint32_t run = 0;
  int looks = 0;
  int looks_while_stopping = 0;
  bool were_all_asleep = false;
  std::uint32_t points_passed = 0;
  std::array<nanoseconds, sim::kMaxFibers> processor_time{};  // When start_clocks() was called.

  void start_clocks(const std::array<Cpu, sim::kMaxFibers>& cpus) {
    for (const Cpu& cpu : cpus) {
      if (cpu.has_handle) processor_time[index_of(cpu.id)] = processor_time_of(cpu.handle);
    }
  }
  // Nothing of a CPU that does not run.
  nanoseconds used_by(const Cpu& cpu) const {
    if (!cpu.has_handle || !cpu.is_running) return nanoseconds(0);
    return processor_time_of(cpu.handle) - processor_time[index_of(cpu.id)];
  }
};

void Machine::watch_this_run() {
  watch_lock_.lock();
  ++run_;
  is_watched_ = true;
  watch_lock_.unlock();
}

void Machine::watch_no_run() {
  watch_lock_.lock();
  is_watched_ = false;
  watch_lock_.unlock();
}

// A run takes microseconds, so at nearly every look it is another one.
void Machine::watch_thread() {
  Watch watch;
  while (quit_ == 0) {
    futex_wait(quit_, 0, kLookEvery);
    watch_lock_.lock();
    if (is_watched_) {
      if (watch.run != run_) watch = {.run = run_};
      look(watch);
    }
    watch_lock_.unlock();
  }
}

void Machine::look(Watch& watch) {
  if (is_stopping()) return look_for_lost(watch);
  if (watch.looks++ == 0) watch.start_clocks(cpus_);
  // For those of the last look this was not the usual course of things.
  if (watch.looks > 1) begin_all();
  const bool are_all_asleep = all_asleep();
  const std::uint32_t points = points_passed();
  if (are_all_asleep && watch.were_all_asleep && points == watch.points_passed) {
    return keep_hang(FindingKind::kDeadlock, first_asleep());
  }
  watch.were_all_asleep = are_all_asleep;
  watch.points_passed = points;
  for (Cpu& cpu : cpus_) {
    if (watch.used_by(cpu) >= kEndless) return keep_hang(FindingKind::kLivelock, cpu);
  }
}

void Machine::look_for_lost(Watch& watch) {
  if (is_reporting_) return;
  if (watch.looks_while_stopping++ == 0) watch.start_clocks(cpus_);
  const bool is_lost =
      std::ranges::any_of(cpus_, [&](const Cpu& cpu) { return watch.used_by(cpu) >= kLost; });
  if (is_lost || watch.looks_while_stopping > kLooksUntilLost) give_up();
}

// Who waits for readers is asleep for as long as one of them is. Where nobody runs, something is
// yet to wake up; so is the thread for callbacks, if there are some that no reader holds up.
bool Machine::all_asleep() {
  ghost_lock_.lock();
  const bool any = std::ranges::any_of(cpus_, [](const Cpu& cpu) { return cpu.is_running.load(); });
  const bool has_reader = in_sections() != 0;
  const bool is_callback_due = callbacks_pending_ != 0 && !has_reader && !cpus_.back().is_running;
  const bool all = std::ranges::all_of(cpus_, [&](const Cpu& cpu) {
    return !cpu.is_running || cpu.channel != nullptr || (cpu.in_grace_period && has_reader);
  });
  ghost_lock_.unlock();
  return any && all && !is_callback_due;
}

Machine::Cpu& Machine::first_asleep() {
  const auto found =
      std::ranges::find_if(cpus_, [](const Cpu& cpu) { return cpu.channel != nullptr; });
  return found == cpus_.end() ? cpus_.front() : *found;
}

// "CPU 0 waits for page0.lock, CPU 1 waits for a grace period"
std::string Machine::standstill_text() {
  std::string text;
  ghost_lock_.lock();
  for (const Cpu& cpu : cpus_) {
    if (!cpu.is_running) continue;
    if (!text.empty()) text += ", ";
    text += "CPU " + std::to_string(index_of(cpu.id));
    if (cpu.waits_for != nullptr) {
      const auto address = reinterpret_cast<std::uintptr_t>(cpu.waits_for);
      text += " waits for " + memory_.name_at(address, 0);
    } else if (cpu.in_grace_period) {
      text += " waits for a grace period";
    } else {
      text += cpu.channel != nullptr ? " waits for RCU callbacks" : " runs";
    }
  }
  ghost_lock_.unlock();
  return text;
}

void Machine::print_stacks() {
  for (Cpu& cpu : cpus_) {
    if (!cpu.is_running) continue;
    std::fprintf(stderr, "CPU %u in op %u at point %u, %s:%u\n",
                 static_cast<unsigned>(index_of(cpu.id)), static_cast<unsigned>(cpu.op),
                 static_cast<unsigned>(cpu.point), cpu.site.file_name(),
                 static_cast<unsigned>(cpu.site.line()));
    const bool is_taken = cpu.stack.take_of(cpu.handle);
    std::fputs(is_taken ? cpu.stack.text().c_str() : "    no stack to be had\n", stderr);
  }
}

void Machine::keep_hang(FindingKind kind, const Cpu& guilty) {
  const std::string text = standstill_text();
  std::fprintf(stderr, "revenant: the run does not end: %s\n", text.c_str());
  print_stacks();
  keep(kind, {guilty.id, guilty.op, guilty.point}, guilty.site, text);
  sim::hb_release(&end_clock_);
}

// A CPU that never looks whether it should stop cannot be unwound, so there is no next run.
void Machine::give_up() {
  std::fprintf(stderr, "revenant: %s: %s, and does not come back; the process ends\n",
               name_of(finding_->kind).data(), finding_->text.c_str());
  print_stacks();
  std::_Exit(kExitFinding);
}

}  // namespace revenant::native
