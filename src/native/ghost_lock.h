// The lock of the harness's own state in the native engine: who holds what, which object is alive.
//
// Code under test never sees it, and neither does TSan: it orders nothing that the primitives do
// not. A thread that has it may take it again.
#pragma once

#include "native/futex.h"

namespace revenant::native {

class GhostLock {
 public:
  void lock();
  void unlock();

  // Gives it up whole, however often the thread took it, and takes it back as often.
  std::uint32_t release_all();
  void take_back(std::uint32_t depth);

 private:
  void lock_word();
  void unlock_word();

  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;
  static constexpr std::uint32_t kContended = 2;  // Somebody may sleep.
  FutexWord word_{kFree};
  std::atomic<const void*> owner_{nullptr};
  std::uint32_t depth_ = 0;  // The owner's.
};

}  // namespace revenant::native
