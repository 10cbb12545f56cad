// The view that strong fences share, and the values that it once had. A message remembers by number
// what its writer's fences knew.
#include <algorithm>

#include "base/check.h"
#include "memory/view_machine.h"

namespace revenant::memory {

void ViewMachine::join_epoch(Position* into, EpochId epoch) const {
  if (epoch != 0) join(into, epoch_view(epoch));
}

void ViewMachine::raise_strong(const Position* by) {
  if (join_and_tell(strong(), by)) strong_is_new_ = true;
}

// The number of the shared view's present value.
EpochId ViewMachine::strong_epoch() {
  if (!strong_is_new_) return static_cast<EpochId>(epoch_count_ - 1);
  if (epoch_count_ == sizes_.epochs) make_room_for_epoch();
  Position* const fresh = epoch_view(epoch_count_);
  copy(fresh, strong());
  // Locations to come are unknown to it.
  std::fill(fresh + width_, fresh + stride_, 0);
  strong_is_new_ = false;
  return epoch_count_++;
}

template <class Visit>
void ViewMachine::for_each_epoch(Visit visit) {
  for (Cpu& cpu : cpus_) visit(cpu.fence_epoch);
  for (EpochId& epoch : grace_period_epoch_) visit(epoch);
  for (std::uint32_t x = 0; x < location_count_; ++x) {
    for (std::uint32_t i = 0; i < locations_[x].count; ++i) {
      visit(messages_[slot(locations_[x], i)].fence_epoch);
    }
  }
}

// Drops an epoch that nobody remembers; where there is none, the oldest becomes the second oldest,
// which orders more and so only costs choices.
void ViewMachine::make_room_for_epoch() {
  std::array<bool, kMaxEpochs> used{};
  for_each_epoch([&](EpochId& epoch) { used[epoch] = true; });
  EpochId dropped = 1;
  for (EpochId epoch = epoch_count_; epoch-- > 1;) {
    if (!used[epoch]) dropped = epoch;
  }
  if (used[dropped]) lost_choices_ = true;
  for_each_epoch([&](EpochId& epoch) {
    if (epoch > dropped) --epoch;
  });
  for (EpochId epoch = dropped; epoch + 1 < epoch_count_; ++epoch) {
    std::copy_n(epoch_view(static_cast<EpochId>(epoch + 1)), stride_, epoch_view(epoch));
  }
  --epoch_count_;
}

}  // namespace revenant::memory
