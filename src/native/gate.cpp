#include "native/gate.h"

namespace revenant::native {
// The one that is waited for may have no processor, so after a few looks it is offered this one.
void between_looks(int looks) {
  constexpr int kWithoutYielding = 20;
  looks < kWithoutYielding ? relax() : yield_processor();
}

void Gate::open() {
  if (word_.exchange(kOpen, std::memory_order_acq_rel) == kClosedAsleep) futex_wake_all(word_);
}

bool Gate::wait(const Patience& patience) {
  using Clock = std::chrono::steady_clock;
  for (int looks = 0; looks < patience.looks; ++looks) {
    if (is_open()) return true;
    between_looks(looks);
  }
  const auto start = Clock::now();
  for (;;) {
    std::uint32_t closed = kClosed;
    word_.compare_exchange_strong(closed, kClosedAsleep);
    if (is_open()) return true;
    const auto left = patience.at_most - (Clock::now() - start);
    if (left <= Clock::duration::zero()) return false;
    futex_wait(word_, kClosedAsleep, left);
  }
}

void wait_until_zero(FutexWord& word) {
  constexpr int kLooks = 100;
  for (int looks = 0; looks < kLooks && word != 0; ++looks) between_looks(looks);
  for (std::uint32_t left = word; left != 0; left = word) {
    futex_wait(word, left, std::chrono::seconds(1));
  }
}

}  // namespace revenant::native
