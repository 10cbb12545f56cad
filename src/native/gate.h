// A gate at which one thread waits until others let it through, unseen by TSan.
//
// It first looks for a moment whether the gate opens, and only then falls asleep: two threads that
// have a processor each hand over in a fraction of the time that the system needs to wake one.
// Opening costs a system call only where somebody sleeps.
#pragma once

#include "native/futex.h"

namespace revenant::native {

class Gate {
 public:
  // For who waits: how long it looks before it sleeps, and how long in all.
  struct Patience {
    int looks = kUsualLooks;
    std::chrono::nanoseconds at_most = std::chrono::nanoseconds::max();
  };

  // By the thread that waits, or before it can.
  void close() { word_ = kClosed; }
  void open();
  bool is_open() const { return word_.load(std::memory_order_acquire) == kOpen; }
  // False when it has not opened in time.
  bool wait(const Patience& patience);

 private:
  static constexpr int kUsualLooks = 100;
  static constexpr std::uint32_t kClosed = 0;
  static constexpr std::uint32_t kClosedAsleep = 1;  // Somebody sleeps before it.
  static constexpr std::uint32_t kOpen = 2;
  FutexWord word_{kClosed};
};

// Looks for a moment, then sleeps, until the word is 0. Who makes it 0 must call futex_wake_all().
void wait_until_zero(FutexWord& word);

// What a thread does between its looks at something that another one is about to change.
void between_looks(int looks);

}  // namespace revenant::native
