#include "native/callbacks.h"

#include "base/check.h"
#include "sim/happens_before.h"

namespace revenant::native {

void Callbacks::add(Function function, void* argument) {
  REVENANT_CHECK(!is_full());
  Slot& fresh = slots_[added_++ % kMaxQueued];
  fresh.callback = {.function = function, .argument = argument};
  sim::hb_renew(&fresh.clock);
}

const void* Callbacks::queued_in(const void* begin, std::size_t size_bytes) const {
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  for (std::uint32_t ticket = done_ + (is_running_ ? 1 : 0); ticket < added_; ++ticket) {
    const void* const argument = slot(ticket).callback.argument;
    if (reinterpret_cast<std::uintptr_t>(argument) - first < size_bytes) return argument;
  }
  return nullptr;
}

void Callbacks::see_callers(std::uint32_t ticket) const {
  for (std::uint32_t i = done_; i < ticket; ++i) sim::hb_acquire(&slot(i).clock);
}

Callbacks::Callback Callbacks::begin() {
  REVENANT_CHECK(!is_empty() && !is_running_);
  is_running_ = true;
  return slot(done_).callback;
}

void Callbacks::ended() {
  is_running_ = false;
  ++done_;
}

}  // namespace revenant::native
