// The native machine: CPUs that are threads of the operating system and truly run at once, over
// liburcu.
//
// It speaks the words of sim::Machine, so that kernel primitives can be written once. What differs:
//
// Choices     Each CPU has its own, asked on its own thread. Who runs next is a question at every
//             point: if the answer is another CPU, this one pauses; see pause.cpp.
// Steps       step() is larger than what any other CPU was given before in real time. Asked again
//             before its next point, a CPU is given the same, unless another was given one since.
// TSan        Sees threads. It is told what the primitives order, by the same annotations as in
//             the sim engine; liburcu itself is not instrumented, and orders nothing for it.
// Threads     CPU 0 is the thread that calls run(). There is one for each other CPU, one that runs
//             RCU callbacks, and one that watches for hangs. They start inside the first run, never
//             before it, and are joined by the destructor. Runs belong to one process: a fork after
//             the first run has no threads, and running there is a harness bug.
// Findings    The first wins. Its CPU is unwound at once by an exception, the others at their next
//             point or where they wait.
// Hangs       A run in which all wait for each other becomes a finding deadlock, one that does not
//             end a livelock: see watch.cpp.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "choice/choices.h"
#include "native/callbacks.h"
#include "native/flavor.h"
#include "native/futex.h"
#include "native/gate.h"
#include "native/ghost_lock.h"
#include "native/stack.h"
#include "sim/machine.h"

namespace revenant::native {

// How the CPUs begin: all at once, or each when the one before it stands still, as in the sim
// engine.
enum class Start : std::uint8_t { kTogether, kInTurn };

struct Options {
  const RcuFlavor& flavor = kMembFlavor;
  // How many points a CPU may pass at most while another one pauses for it: enough to do something
  // in between, or where CPUs begin in turn, to do all that it has to. Not 0.
  std::uint32_t longest_pause_points = 64;
  std::uint32_t longest_turn_points = 4096;
  // And for how long, should it be in a loop that passes none.
  std::chrono::milliseconds longest_pause{100};
};

using ChoicesByCpu = std::array<Choices*, sim::kMaxFibers>;

class Machine {
 public:
  explicit Machine(const Options& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // From here until end() primitives find this machine. The arguments must outlive that.
  void begin(const ChoicesByCpu& choices, const sim::Observers& observers);
  struct Course {
    Start start = Start::kTogether;
    // What CPU 0 does alone when all have ended, and the RCU callbacks have run; may be empty.
    sim::Program last{};
  };
  // Lets CPUs 0 to cpu_count - 1 run `program` to their ends, and then the RCU callbacks;
  // after_step of programs is not called. May be called several times. False once there is a
  // finding.
  bool run(std::uint32_t cpu_count, const sim::Program& program, const Course& course);
  bool run(std::uint32_t cpu_count, const sim::Program& program) {
    return run(cpu_count, program, Course{});
  }
  void end();

  const std::optional<Finding>& finding() const { return finding_; }
  // Scheduling points that were passed in this run.
  std::uint32_t points_passed() const;
  sim::MemoryMap& memory() { return memory_; }
  GhostLock& ghost_lock() { return ghost_lock_; }

  // --- For the running CPU; as in sim::Machine where not said otherwise. ---

  // Whether the calling thread is a CPU, of whichever machine; may be asked in a signal handler.
  static bool is_on_cpu() { return self_ != nullptr; }
  CpuId cpu() const;
  Anchor here() const;
  std::uint32_t step();
  void begin_op(std::uint16_t op, Site site);
  void point(Site site);
  std::uint32_t pick(std::uint32_t count);
  [[noreturn]] void raise(FindingKind kind, Site site, std::string text, std::uintptr_t about = 0);
  void raise_soon(FindingKind kind, std::uintptr_t address);
  bool tracing() const { return observers_.trace != nullptr; }
  void record(sim::Event event);
  void feature(sim::Feature family, std::uint64_t key);

  // The three require the ghost lock; block_on() gives it up while it waits.
  void block_on(const volatile void* channel, const volatile void* object, Site site);
  void wake(const volatile void* channel);
  CpuMask sleepers(const volatile void* begin, std::size_t size_bytes) const;

  void set_locks_held(std::size_t count);

  // Sections nest. section_start() is a step before the outermost began.
  void rcu_read_lock();
  void rcu_read_unlock();
  bool in_section(CpuId cpu) const;
  CpuMask in_sections() const;
  std::uint32_t section_start(CpuId cpu) const;
  void synchronize_rcu();
  // Both require the ghost lock.
  void call_rcu(Callbacks::Function function, void* argument);
  Callbacks& callbacks() { return callbacks_; }
  // After a wait for callbacks: makes this CPU see what they did.
  void see_callbacks();
  const void* barrier_channel() const { return &callbacks_done_clock_; }

 private:
  // What a CPU waits for, if it is not running.
  struct alignas(64) Cpu {
    CpuId id{};
    std::uint16_t op = 0;
    std::uint16_t point = 0;
    Site site;
    std::uint32_t step = 0;  // The last that it took since its last point; 0 is none.
    std::atomic<std::uint32_t> points_passed = 0;
    std::atomic<std::uint32_t> nesting = 0;  // Of read-side sections.
    std::uint32_t section_start = 0;
    std::uint8_t locks_held = 0;
    // Where it sleeps; under the ghost lock.
    const volatile void* channel = nullptr;
    const volatile void* waits_for = nullptr;
    Gate awake;
    std::atomic<bool> is_running = false;       // It has a program that has not ended.
    std::atomic<bool> in_grace_period = false;  // It waits for readers.
    // It pauses until another CPU stands still; under the ghost lock.
    bool is_pausing = false;
    CpuId pauses_for{};
    Gate may_go;
    // How many more points it may pass before those go on that pause for it; 0 is any number.
    std::atomic<std::uint32_t> points_left = 0;
    Gate start;               // Of its program, where its thread waits from run to run.
    bool has_begun = true;    // False in a run in which it is yet to be let through; as above.
    bool has_report = false;  // Of a sanitizer.
    FindingKind report_kind{};
    std::uintptr_t report_address = 0;
    Stack stack;  // Taken when a run hangs.
    std::thread thread;
    pthread_t handle{};  // Of its thread; CPU 0's is the caller's of run().
    bool has_handle = false;
  };
  struct Abandoned {};
  struct Watch;

  static thread_local Cpu* self_;

  void end_step();
  void next_point(Site site);
  void start_threads(std::uint32_t cpu_count);
  void start_thread(Cpu& cpu, void (Machine::*body)(Cpu&));
  void cpu_thread(Cpu& cpu);
  void rcu_thread(Cpu& cpu);
  void watch_thread();
  void give_programs();
  void be_cpu_0(const sim::Program& last);
  void run_program(Cpu& cpu, const sim::Program& program);
  void wait_for_others();
  void leave_together();
  void run_callbacks(Cpu& cpu);
  void run_oldest_callback(Cpu& cpu);
  // From now on, or no longer.
  void watch_this_run();
  void watch_no_run();
  void look(Watch& watch);
  void look_for_lost(Watch& watch);
  bool all_asleep();
  Cpu& first_asleep();
  std::string standstill_text();
  void print_stacks();
  void keep_hang(FindingKind kind, const Cpu& guilty);
  [[noreturn]] void give_up();
  void leave_sections(Cpu& cpu);
  void begin_pause(Cpu& me, CpuId for_cpu);
  void end_pause(Cpu& me);
  void pause(Cpu& me, CpuId for_cpu);
  void let_go(Cpu& cpu);
  void begin_all();
  void stands_still(const Cpu& cpu);
  bool can_go(CpuId cpu) const;
  bool is_stopping() const { return stop_.load(std::memory_order_acquire); }
  void raise_report(Cpu& me);
  void keep(FindingKind kind, const Anchor& at, Site site, std::string text,
            std::uintptr_t about = 0);

  const Options options_;
  ChoicesByCpu choices_{};
  sim::Observers observers_;
  sim::Program program_;
  Start start_{};
  std::uint32_t cpu_count_ = 0;
  std::array<Cpu, sim::kMaxFibers> cpus_;
  GhostLock ghost_lock_;
  Callbacks callbacks_;
  Gate callbacks_added_;  // Where the thread that runs them waits.
  FutexWord callbacks_pending_{0};
  std::atomic<std::uint32_t> running_others_{0};  // CPUs but CPU 0 whose programs have not ended.
  Gate others_ended_;                             // Where CPU 0 waits for them.
  std::atomic<std::uint32_t> arrived_{0};         // CPUs at the start of their programs.
  std::uint32_t longest_pause_points_ = 0;
  std::atomic<std::uint32_t> step_ = 0;
  std::atomic<bool> stop_ = false;
  FutexWord quit_{0};  // Not 0: the threads end.
  std::atomic<bool> has_finding_ = false;
  std::atomic<bool> is_reporting_ = false;  // To on_finding, which takes its time.
  std::optional<Finding> finding_;
  sim::MemoryMap memory_;
  int process_ = 0;  // Whose threads they are.
  std::thread watch_;
  GhostLock watch_lock_;  // Of the two that follow. A run that is looked at cannot end.
  std::uint32_t run_ = 0;
  bool is_watched_ = false;
  // Clocks for TSan.
  unsigned char start_clock_ = 0;
  unsigned char end_clock_ = 0;
  unsigned char grace_periods_started_clock_ = 0;
  unsigned char sections_ended_clock_ = 0;
  unsigned char callbacks_done_clock_ = 0;
};

// The machine between its begin() and end(), or nullptr, which means that the sim engine runs.
inline constinit Machine* running = nullptr;

}  // namespace revenant::native
