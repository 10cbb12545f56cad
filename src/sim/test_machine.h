// For tests: a body for each CPU, and schedules that the bodies themselves direct.
//
// Memory  Bodies may capture by reference: all before run() is ordered before them, all after run()
//         after them. Among each other they are ordered by primitives only, so TSan sees a variable
//         that two bodies share without one as a race.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "sim/machine.h"

namespace revenant {

inline void PrintTo(FindingKind kind, std::ostream* out) { *out << name_of(kind); }
inline void PrintTo(CpuId cpu, std::ostream* out) { *out << "CPU " << index_of(cpu); }

}  // namespace revenant

namespace revenant::sim {

inline constexpr CpuId kCpu0{0};
inline constexpr CpuId kCpu1{1};
inline constexpr CpuId kCpu2{2};
inline constexpr CpuId kCpu3{3};
inline constexpr std::optional<FindingKind> kClean{};

// Plain accesses that no compiler removes, moves or merges.
template <class T>
[[gnu::noinline]] T read_plainly(const T& word) {
  T value = word;
  asm volatile("" : "+r"(value) : : "memory");
  return value;
}
template <class T>
[[gnu::noinline]] void write_plainly(T& word, std::type_identity_t<T> value) {
  word = value;
  asm volatile("" : : : "memory");
}

// What happened in which order. Several CPUs may add; that orders nothing among them.
class Log {
 public:
  void add(char what) {
    text_.at(count_.fetch_add(1, std::memory_order_relaxed)).store(what, std::memory_order_relaxed);
  }
  std::string text() const { return {text_.begin(), text_.begin() + count_}; }

 private:
  std::array<std::atomic<char>, 64> text_{};
  std::atomic<std::uint32_t> count_ = 0;
};

// The default answers, except for the next question of a kind for which there is an order.
class Directed final : public Choices {
 public:
  void order_cpu(CpuId cpu) { cpu_.store(static_cast<int>(cpu), std::memory_order_relaxed); }
  bool has_order() const { return cpu_.load(std::memory_order_relaxed) != kNone; }
  void order_pick(int answer) { answer_.store(answer, std::memory_order_relaxed); }

  CpuId next_cpu(const RunQuestion& question) override {
    const int ordered = cpu_.exchange(kNone, std::memory_order_relaxed);
    if (ordered == kNone) return default_cpu(question.at.cpu, question.runnable);
    const CpuId cpu{static_cast<std::uint8_t>(ordered)};
    EXPECT_NE(question.runnable & mask_of(cpu), 0U) << "CPU " << ordered << " is asleep or done";
    return default_cpu(cpu, question.runnable);
  }

  std::uint32_t pick(const Anchor& /*at*/, std::uint32_t count) override {
    const int ordered = answer_.exchange(kNone, std::memory_order_relaxed);
    return ordered == kNone ? 0 : static_cast<std::uint32_t>(ordered) % count;
  }

 private:
  static constexpr int kNone = -1;
  std::atomic<int> cpu_{kNone};
  std::atomic<int> answer_{kNone};
};

class MachineTest : public testing::Test {
 protected:
  using Bodies = std::vector<std::function<void()>>;

  void SetUp() override { begin(directed_); }

  void begin(Choices& choices) { begin(choices, {}); }
  virtual void begin(Choices& choices, const Observers& observers) {
    machine_.begin(choices, observers);
  }

  // Lets CPU n run bodies[n]; the kind of the run's finding.
  std::optional<FindingKind> run(const Bodies& bodies) {
    machine_.run(static_cast<std::uint32_t>(bodies.size()), program(bodies));
    if (!machine_.finding()) return std::nullopt;
    return machine_.finding()->kind;
  }

  static Program program(const Bodies& bodies) {
    return {.context = const_cast<Bodies*>(&bodies), .run = [](void* context, CpuId cpu) {
              (*static_cast<const Bodies*>(context))[index_of(cpu)]();
            }};
  }

  std::string text() const { return machine_.finding() ? machine_.finding()->text : "no finding"; }

  // For bodies: a scheduling point; one at which `cpu` takes over; and the answer to the next
  // question that is not about CPUs.
  void step(Site site = Site::current()) { machine_.point(site); }
  void go_to(CpuId cpu, Site site = Site::current()) {
    directed_.order_cpu(cpu);
    machine_.point(site);
    EXPECT_FALSE(directed_.has_order()) << "CPU " << index_of(cpu) << " is asleep or done";
  }
  void will_pick(int answer) { directed_.order_pick(answer); }

  Machine machine_;
  Directed directed_;
};

}  // namespace revenant::sim
