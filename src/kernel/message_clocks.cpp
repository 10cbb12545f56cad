#include "kernel/message_clocks.h"

#ifdef REVENANT_WITH_TSAN
#include "kernel/barrier.h"
#include "sim/happens_before.h"

namespace revenant::kernel {

MessageClocks::Id MessageClocks::of_release() {
  if (count_ == kMaxClocks) {
    sim::hb_release(&clocks_[kShared].clock);
    fence_after_release(&clocks_[kShared].clock);
    return kShared;
  }
  sim::hb_renew(&clocks_[count_].clock);
  fence_after_release(&clocks_[count_].clock);
  return count_++;
}

MessageClocks::Id MessageClocks::of_store() {
  if (count_ == kMaxClocks) {
    fence_before_store(&clocks_[kShared].clock);
    return kShared;
  }
  return fence_renew(&clocks_[count_].clock) ? count_++ : kNone;
}

MessageClocks::Id MessageClocks::of_update(Id old, bool releases) {
  if (old == kNone) return releases ? of_release() : of_store();
  if (releases) {
    sim::hb_release(&clocks_[old].clock);
    fence_after_release(&clocks_[old].clock);
  } else {
    fence_before_store(&clocks_[old].clock);
  }
  return old;
}

void MessageClocks::acquire(Id clock) const {
  if (clock != kNone) sim::hb_acquire(&clocks_[clock].clock);
}

void MessageClocks::read(Id clock) const {
  if (clock != kNone) fence_after_load(&clocks_[clock].clock);
}

}  // namespace revenant::kernel
#endif
