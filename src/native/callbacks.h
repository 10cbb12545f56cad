// What call_rcu has queued in a run, first in, first out. All under the ghost lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace revenant::native {

class Callbacks {
 public:
  using Function = void (*)(void* argument);

  void reset() { added_ = done_ = 0; }

  // Whether there is no room for one more.
  bool is_full() const { return added_ - done_ == kMaxQueued; }
  // Requires !is_full().
  void add(Function function, void* argument);
  // The argument in [begin, begin + size_bytes) of a callback that waits to run, or nullptr. One
  // that runs now does not wait.
  const void* queued_in(const void* begin, std::size_t size_bytes) const;

  // A number that grows with every callback, and whether all below it have run.
  std::uint32_t next_ticket() const { return added_; }
  bool all_ran_before(std::uint32_t ticket) const { return done_ >= ticket; }
  bool is_empty() const { return done_ == added_; }

  // --- For the thread that runs them ---

  // Makes it see what the callers had done that queued the callbacks below `ticket`.
  void see_callers(std::uint32_t ticket) const;
  struct Callback {
    Function function = nullptr;
    void* argument = nullptr;
  };
  // The oldest, which runs from now until ended(). Requires !is_empty().
  Callback begin();
  void ended();

 private:
  static constexpr std::uint32_t kMaxQueued = 256;
  struct Slot {
    Callback callback;
    unsigned char clock = 0;
  };
  const Slot& slot(std::uint32_t ticket) const { return slots_[ticket % kMaxQueued]; }

  std::array<Slot, kMaxQueued> slots_{};
  std::uint32_t added_ = 0;
  std::uint32_t done_ = 0;
  bool is_running_ = false;  // The oldest is.
};

}  // namespace revenant::native
