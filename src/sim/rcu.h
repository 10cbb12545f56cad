// The grace periods of a run: who is inside a read-side section, and which grace period waits for
// it.
//
// A grace period begins at the call that asks for it, which is the earliest moment the primitives
// allow, and may end at any moment at which every reader that was inside when it began has left.
// Which moment is decided by the scheduler, so this is a model of state only and never yields.
//
// Happens-before, and nothing beyond it: a section that began before a grace period did is ordered
// before that grace period's end; what came before the start of a grace period is ordered before
// every section that begins after it.
#pragma once

#include <array>
#include <cstdint>

#include "choice/choices.h"
#include "sim/happens_before.h"

namespace revenant::sim {

class Rcu {
 public:
  using Function = void (*)(void* argument);
  // A slot of the table of pending grace periods.
  enum class GracePeriod : std::uint8_t {};

  void reset();

  bool in_section(CpuId cpu) const { return readers_[index_of(cpu)].nesting > 0; }
  CpuMask in_sections() const { return inside_; }
  // The step at which the CPU's outermost section began. Requires in_section(cpu).
  std::uint32_t section_start(CpuId cpu) const { return readers_[index_of(cpu)].start; }

  void read_lock(CpuId cpu, std::uint32_t step);
  // True when this left the outermost section, whereupon some grace periods may be over. Requires
  // in_section(cpu).
  bool read_unlock(CpuId cpu);

  // Whether there is no room for a grace period more.
  bool is_full() const;
  // A new grace period, called for by the running CPU; `function` may be null. Requires !is_full().
  GracePeriod begin(Function function, void* argument);
  bool over(GracePeriod grace_period) const { return slot(grace_period).waits_for == 0; }
  // Makes the running CPU see what the grace period waited for, and frees its slot. Requires
  // over().
  void end(GracePeriod grace_period);
  // What a CPU that waits for this grace period sleeps on.
  const void* channel(GracePeriod grace_period) const { return &slot(grace_period); }

  // Calls visit(channel) for every grace period that is over and has a CPU, not a callback,
  // waiting.
  template <class Visit>
  void for_each_over(Visit visit) const {
    for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
      const Slot& s = slots_[i];
      if (s.used && s.function == nullptr && s.waits_for == 0) visit(&s);
    }
  }

  // Callbacks whose grace period is over, and those whose is not.
  std::uint32_t ready_count() const;
  // The argument in [begin, begin + size_bytes) of a callback that waits to run, or nullptr.
  const void* queued_in(const void* begin, std::size_t size_bytes) const;
  bool callbacks_pending() const { return callbacks_pending_ > 0; }
  // Takes the `index`-th ready callback in the order of the calls, ends its grace period and runs
  // it. Requires index < ready_count().
  void run_ready(std::uint32_t index);

  // For rcu_barrier: a number that grows with every call, and whether all callbacks below it ran.
  std::uint32_t next_ticket() const { return next_ticket_; }
  bool all_ran_before(std::uint32_t ticket) const;
  const void* barrier_channel() const { return &callbacks_done_; }

 private:
  static constexpr std::size_t kMaxGracePeriods = 256;
  static constexpr std::size_t kMaxReaders = 8;

  struct Reader {
    std::uint32_t nesting = 0;
    std::uint32_t start = 0;
  };
  struct Slot {
    bool used = false;
    bool running = false;
    unsigned char clock = 0;
    CpuMask waits_for = 0;
    std::uint32_t ticket = 0;
    Function function = nullptr;
    void* argument = nullptr;

    bool is_ready() const { return used && function != nullptr && !running && waits_for == 0; }
  };

  const Slot& slot(GracePeriod gp) const { return slots_[static_cast<std::size_t>(gp)]; }
  std::uint32_t unused_slot();
  const Slot* ready_callback(std::uint32_t index) const;

  std::array<Reader, kMaxReaders> readers_{};
  std::array<Slot, kMaxGracePeriods> slots_{};
  std::uint32_t slots_in_use_ = 0;  // One past the highest used slot.
  std::uint32_t next_ticket_ = 0;
  std::uint32_t callbacks_pending_ = 0;
  CpuMask inside_ = 0;
  unsigned char sections_ended_ = 0;         // Clock: all sections that have ended.
  unsigned char grace_periods_started_ = 0;  // Clock: what came before any grace period's start.
  unsigned char callbacks_done_ = 0;         // Clock: all callbacks that ran.
  ClockCarrier carrier_;
};

}  // namespace revenant::sim
