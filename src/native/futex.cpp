#include "native/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace revenant::native {

// System calls by number: the C library's wrappers of what waits and yields are TSan's to
// intercept.

void futex_wait(FutexWord& word, std::uint32_t expected, std::chrono::nanoseconds at_most) {
  constexpr long kPerSecond = 1'000'000'000;
  const timespec time{.tv_sec = at_most.count() / kPerSecond,
                      .tv_nsec = at_most.count() % kPerSecond};
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &time, nullptr, 0);
}

void futex_wake_all(FutexWord& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void yield_processor() { ::syscall(SYS_sched_yield); }

}  // namespace revenant::native
