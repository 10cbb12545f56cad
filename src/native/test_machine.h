// For tests: a body for each CPU of the native machine.
//
// Memory  All before run() is ordered before the bodies, all after run() after them. Among each
//         other they are ordered by primitives only, so TSan sees a variable that two bodies share
//         without one as a race.
#pragma once

#include "native/machine.h"
#include "sim/sanitizers.h"
#include "sim/test_machine.h"

namespace revenant::native {

using sim::kClean;
using sim::kCpu0;
using sim::kCpu1;
using sim::kCpu2;

// Says how far a body has come. Orders nothing.
class Flag {
 public:
  void raise() { is_up_.store(true, std::memory_order_relaxed); }
  bool is_up() const { return is_up_.load(std::memory_order_relaxed); }
  void wait() const {
    while (!is_up()) yield_processor();
  }

 private:
  std::atomic<bool> is_up_ = false;
};

// Nobody is preempted but where a test says so.
class Undisturbed final : public Choices {
 public:
  CpuId next_cpu(const RunQuestion& question) override {
    for (const auto& [at, to] : preemptions_) {
      if (at == question.at) return to;
    }
    return question.at.cpu;
  }
  std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }

  void preempt(const Anchor& at, CpuId to) { preemptions_.emplace_back(at, to); }

 private:
  std::vector<std::pair<Anchor, CpuId>> preemptions_;
};

class NativeMachineTest : public testing::Test {
 protected:
  using Bodies = std::vector<std::function<void()>>;

  explicit NativeMachineTest(const Options& options = {}) : machine_(options) {
    sim::listen_to_sanitizers([](FindingKind kind, std::uintptr_t address) {
      return sim::SanitizerVerdict{.kind = kind,
                                   .text = "on " + running->memory().name_at(address, 0)};
    });
  }
  ~NativeMachineTest() override { machine_.end(); }

  void SetUp() override { begin(); }

  virtual void begin() {
    ChoicesByCpu choices;
    choices.fill(&choices_);
    machine_.begin(choices, observers_);
  }

  // Lets CPU n run bodies[n]; the kind of the run's finding.
  std::optional<FindingKind> run(const Bodies& bodies, Start start = Start::kTogether) {
    const sim::Program program{.context = const_cast<Bodies*>(&bodies),
                               .run = [](void* context, CpuId cpu) {
                                 (*static_cast<const Bodies*>(context))[index_of(cpu)]();
                               }};
    machine_.run(static_cast<std::uint32_t>(bodies.size()), program, {.start = start, .last = {}});
    if (!machine_.finding()) return std::nullopt;
    return machine_.finding()->kind;
  }

  std::string text() const { return machine_.finding() ? machine_.finding()->text : "no finding"; }

  // For bodies.
  void step() { machine_.point(Site::current()); }
  [[noreturn]] void raise(FindingKind kind) {
    machine_.raise(kind, Site::current(), "by the test");
  }
  void sleep_on(const void* channel) {
    machine_.ghost_lock().lock();
    struct Unlock {
      GhostLock& lock;
      ~Unlock() { lock.unlock(); }
    } const unlock{machine_.ghost_lock()};
    machine_.block_on(channel, nullptr, Site::current());
  }
  bool has_sleeper(const void* channel) {
    machine_.ghost_lock().lock();
    const bool has = machine_.sleepers(channel, 1) != 0;
    machine_.ghost_lock().unlock();
    return has;
  }
  void wake(const void* channel) {
    machine_.ghost_lock().lock();
    machine_.wake(channel);
    machine_.ghost_lock().unlock();
  }

  Undisturbed choices_;
  sim::Observers observers_;
  Machine machine_;
};

}  // namespace revenant::native
