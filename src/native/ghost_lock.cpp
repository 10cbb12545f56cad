#include "native/ghost_lock.h"

#include <utility>

namespace revenant::native {
namespace {

// The address of a thread's own variable is the thread.
thread_local char own_byte;

}  // namespace

void GhostLock::lock() {
  // Only this thread stores its own address, so a match is no race.
  if (owner_.load(std::memory_order_relaxed) == &own_byte) {
    ++depth_;
    return;
  }
  lock_word();
  owner_.store(&own_byte, std::memory_order_relaxed);
  depth_ = 1;
}

void GhostLock::unlock() {
  if (--depth_ > 0) return;
  owner_.store(nullptr, std::memory_order_relaxed);
  unlock_word();
}

std::uint32_t GhostLock::release_all() {
  const std::uint32_t depth = std::exchange(depth_, 1);
  unlock();
  return depth;
}

void GhostLock::take_back(std::uint32_t depth) {
  lock();
  depth_ = depth;
}

// After "Futexes Are Tricky" (Drepper): three states, and a system call only where there is a
// fight.
void GhostLock::lock_word() {
  constexpr int kSpins = 50;
  for (int i = 0; i < kSpins; ++i) {
    std::uint32_t free = kFree;
    if (word_.load(std::memory_order_relaxed) == kFree &&
        word_.compare_exchange_weak(free, kTaken, std::memory_order_acquire)) {
      return;
    }
    relax();
  }
  while (word_.exchange(kContended, std::memory_order_acquire) != kFree) {
    futex_wait(word_, kContended, std::chrono::seconds(1));
  }
}

void GhostLock::unlock_word() {
  if (word_.exchange(kFree, std::memory_order_release) == kContended) futex_wake_all(word_);
}

}  // namespace revenant::native
