// The simulated machine: CPUs that take turns on one OS thread, one kernel primitive at a time.
//
// Each CPU is a pooled fiber. A primitive calls point() first, where another CPU may run, and then
// takes effect at once: between two points of a CPU nothing else happens. Who runs is asked of a
// Choices; the machine itself draws no number and reads no clock, so a run is a function of the
// code and of the answers.
//
// Ends        A run ends when every CPU has ended and no RCU callback is pending, or at the first
//             finding: then each CPU's stack is unwound by an exception that only the machine
//             catches.
// Progress    From step kFairAfter on CPUs take strict turns and Choices is no longer asked about
//             them; at step kMaxSteps the run is a livelock. So a spin loop is no livelock as long
//             as the CPU that it waits for can proceed.
// TSan        Sees no order but that of the primitives, plus start and end of the run.
// Memory      Nothing is allocated during a run that has no finding.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "choice/choices.h"
#include "sim/features.h"
#include "sim/fiber.h"
#include "sim/finding.h"
#include "sim/memory_map.h"
#include "sim/rcu.h"
#include "sim/reads_from.h"
#include "sim/trace.h"

namespace revenant::sim {

inline constexpr std::uint32_t kMaxCpus = 4;
// Runs the callbacks of call_rcu, as a kernel thread of its own.
inline constexpr CpuId kRcuCpu{kMaxCpus};
inline constexpr std::uint32_t kMaxFibers = kMaxCpus + 1;
static_assert(kMaxFibers <= kMaxCpuIds);

inline constexpr std::uint32_t kFairAfter = 4096;
inline constexpr std::uint32_t kMaxSteps = 8192;
static_assert(kFairAfter < kMaxSteps);

// What the CPUs do.
struct Program {
  void* context = nullptr;
  void (*run)(void* context, CpuId cpu) = nullptr;
  // Called after every step, on the CPU that took it, before another can run; may raise a finding
  // but must not yield. May be null.
  void (*after_step)(void* context) = nullptr;
};

struct Observers {
  Trace* trace = nullptr;
  FeatureCounters* features = nullptr;
  FeatureMoments* moments = nullptr;  // Of `features`.
  // Called where a finding is raised, on the stack of the guilty CPU, or for a deadlock of the CPU
  // that ran last; on threads, for a deadlock or livelock, on the thread that watches for hangs.
  // May end the process.
  void (*on_finding)(const Finding&) = nullptr;
};

class Machine {
 public:
  Machine();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Starts a run: step 0, no finding, no reader, no names. Both arguments must outlive the run.
  void begin(Choices& choices, const Observers& observers);
  // Lets CPUs 0 to cpu_count - 1 run `program` to their ends; CPU 0 first unless Choices says
  // otherwise. May be called several times in a run. False once there is a finding.
  bool run(std::uint32_t cpu_count, const Program& program);

  const std::optional<Finding>& finding() const { return finding_; }
  std::uint32_t step() const { return step_; }
  // How often a CPU went on where another one had stopped.
  std::uint32_t switches() const { return switches_; }
  MemoryMap& memory() { return memory_; }

  // --- For the running CPU. ---

  CpuId cpu() const { return current_->id; }
  Anchor here() const { return current_->here(); }
  // Starts the CPU's op number `op`. A scheduling point, the op's point 0. The question who runs
  // when the CPU has ended is point 0 of the op after its last.
  void begin_op(std::uint16_t op, Site site = Site::current());

  // A scheduling point, and the start of a step.
  void point(Site site);
  // Sleeps until wake(channel); spurious wake-ups do not occur. `object` says in a trace and in a
  // deadlock report what is waited for. Yields.
  void block_on(const volatile void* channel, const volatile void* object, Site site);
  void wake(const volatile void* channel);
  // True when some CPU sleeps on an address in [begin, begin + size_bytes).
  bool has_sleeper(const volatile void* begin, std::size_t size_bytes) const {
    return sleepers(begin, size_bytes) != 0;
  }
  CpuMask sleepers(const volatile void* begin, std::size_t size_bytes) const;

  // How many locks the CPU holds, which Choices may want to know.
  void set_locks_held(std::size_t count) {
    current_->locks_held = static_cast<std::uint8_t>(count);
  }

  Rcu& rcu() { return rcu_; }
  // Leaves a section and wakes whom that concerns. Does not yield.
  void rcu_read_unlock();
  // Queues a callback behind a new grace period. Does not yield.
  void call_rcu(Rcu::Function function, void* argument);

  // An answer to a question other than who runs next. Does not yield.
  std::uint32_t pick(std::uint32_t count);

  // Ends the run. May be called on a CPU only.
  [[noreturn]] void raise(FindingKind kind, Site site, std::string text, std::uintptr_t about = 0);
  // The same for a sanitizer, which can neither throw nor allocate: the run ends at the CPU's next
  // point, and the finding names what lies at `address`.
  void raise_soon(FindingKind kind, std::uintptr_t address);
  // The same after the CPUs have ended. The first finding of a run stays.
  void report(FindingKind kind, Site site, std::string text);

  bool tracing() const { return observers_.trace != nullptr; }
  // Completes `event` with step and anchor and keeps it. Requires tracing().
  void record(Event event);
  // Questions asked so far, but those that were forgotten: see the next.
  std::uint16_t questions() const { return questions_; }
  // The op that has run alone since then is none of the run that is written down: its questions do
  // not count, and a trace has none of its events.
  struct Bookmark {
    std::uint16_t questions = 0;
    std::size_t events = 0;
  };
  Bookmark bookmark() const {
    return {.questions = questions_, .events = tracing() ? observers_.trace->events().size() : 0};
  }
  void forget_since(const Bookmark& bookmark) {
    questions_ = bookmark.questions;
    if (tracing()) observers_.trace->cut_to(bookmark.events);
  }
  bool wants_features() const { return observers_.features != nullptr; }
  // Counts for Observers::features, if there are any.
  void feature(Feature family, std::uint64_t key) {
    if (observers_.features == nullptr) return;
    const std::size_t counter = counter_of(family, key);
    if (observers_.moments != nullptr && (*observers_.features)[counter] == 0) {
      (*observers_.moments)[counter] = questions_;
    }
    count_feature(*observers_.features, counter);
  }
  // What a primitive has loaded or stored: the feature kReadsFrom.
  void note_load(const volatile void* address, Site site);
  void note_store(const volatile void* address, Site site);
  // How often in this run something was changed, by a store or otherwise. Not to be counted where
  // TSan looks: CPUs share the number.
  std::uint32_t effects() const { return effects_; }
  void count_effect() { ++effects_; }
  // Where the CPU's last step was taken, or is about to be.
  Site site_of(CpuId cpu) const { return cpus_[index_of(cpu)].site; }

 private:
  struct Cpu {
    CpuId id{};
    // Wider than in an anchor: of two halves of a word, the one that was written a moment ago is
    // slow to read along with the other.
    std::uint32_t op = 0;
    std::uint32_t point = 0;
    std::uint32_t ops_begun = 0;
    std::uint8_t locks_held = 0;
    bool in_program = false;
    const volatile void* channel = nullptr;
    const volatile void* waits_for = nullptr;
    Site site;
    Machine* machine = nullptr;
    std::unique_ptr<Fiber> fiber;

    Anchor here() const {
      return {id, static_cast<std::uint16_t>(op), static_cast<std::uint16_t>(point)};
    }
  };
  struct Abandoned {};

  static void fiber_entry(void* argument);
  void run_program(Cpu& cpu);
  void run_callbacks();
  void leave(Cpu& cpu);
  void step_taken();
  void next_point(Site site);
  void see_ready_callbacks();
  void take_turns();
  void hand_over();
  CpuId ask_next_cpu();
  bool all_ended() const;
  void switch_to(CpuId next);
  void switch_to_main();
  void unwind_all();
  [[noreturn]] void raise_pending();
  void keep(FindingKind kind, const Anchor& at, Site site, std::string text,
            std::uintptr_t about = 0);
  void keep_deadlock();
  std::string deadlock_text() const;

  Cpu* current_ = nullptr;
  CpuMask runnable_ = 0;
  std::uint32_t step_ = 0;
  std::uint32_t switches_ = 0;
  std::uint32_t effects_ = 0;
  std::uint16_t questions_ = 0;  // A few for each step at most.
  static_assert(kMaxSteps * 4 <= 0xffff);
  bool stopping_ = false;
  bool quitting_ = false;
  bool pending_ = false;
  std::uint32_t running_programs_ = 0;
  Choices* choices_ = nullptr;
  Program program_;
  Observers observers_;
  std::array<Cpu, kMaxFibers> cpus_;
  Rcu rcu_;
  std::optional<Finding> finding_;
  FindingKind pending_kind_{};
  std::uintptr_t pending_address_ = 0;
  MemoryMap memory_;
  ReadsFrom reads_from_;
  unsigned char start_clock_ = 0;
  unsigned char end_clock_ = 0;
  Fiber main_;
};

inline constinit Machine* current_machine = nullptr;

// The machine whose run is under way, between begin() and the next begin() of any machine;
// primitives of the code under test find it here, as the kernel finds `current`. Inlined always,
// and so never as it is compiled for instrumented callers.
[[gnu::always_inline]] inline Machine& running() { return *current_machine; }
// nullptr before the first run of the process; for hooks of the sanitizers.
[[gnu::always_inline]] inline Machine* running_or_null() { return current_machine; }

}  // namespace revenant::sim
