// Waiting in the operating system, unseen by TSan: what waits here learns of no order.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace revenant::native {

using FutexWord = std::atomic<std::uint32_t>;

// Sleeps while the word is `expected`. Returns when woken, when the time is over, or for no reason.
void futex_wait(FutexWord& word, std::uint32_t expected, std::chrono::nanoseconds at_most);
void futex_wake_all(FutexWord& word);

// What a processor does in a loop that waits for another one.
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Lets another thread have the processor, if there is one that wants it.
void yield_processor();

}  // namespace revenant::native
