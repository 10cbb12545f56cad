#include "run/visited_states.h"

#include <algorithm>

#include "sim/machine.h"

namespace revenant {

VisitedStates::VisitedStates(std::uint64_t most) : entries_(kRoom * 4), most_(most) {
  static_assert(kRoom >= sim::kMaxSteps, "a run asks no more questions than it has steps");
}

void VisitedStates::make_room() {
  if (news_.capacity() < news_.size() + kRoom) {
    news_.reserve(std::max(news_.capacity() * 2, news_.size() + kRoom));
  }
  if (std::min(count_ + kRoom, most_) * 2 <= entries_.size()) return;
  std::vector<VisitedState> old(entries_.size() * 2);
  old.swap(entries_);
  for (const VisitedState& entry : old) {
    if (entry.state != 0) entry_of(entry.state) = entry;
  }
}

bool VisitedStates::note(std::uint64_t state, std::uint32_t preemptions) {
  const VisitedState visited{.state = state | 1, .preemptions = preemptions};
  const Visit found = visit(visited);
  if (found == Visit::kNoted) news_.push_back(visited);
  return found != Visit::kKnown;
}

void VisitedStates::learn(std::span<const VisitedState> visited) {
  for (const VisitedState& one : visited) {
    make_room();
    visit(one);
  }
}

VisitedState& VisitedStates::entry_of(std::uint64_t state) {
  std::size_t slot = state >> 1;
  for (;; ++slot) {
    VisitedState& entry = entries_[slot & (entries_.size() - 1)];
    if (entry.state == 0 || entry.state == state) return entry;
  }
}

VisitedStates::Visit VisitedStates::visit(const VisitedState& visited) {
  VisitedState& entry = entry_of(visited.state);
  if (entry.state != 0 && entry.preemptions <= visited.preemptions) return Visit::kKnown;
  if (entry.state == 0) {
    if (count_ >= most_) {
      forgot_ = true;
      return Visit::kForgotten;
    }
    ++count_;
  }
  entry = visited;
  return Visit::kNoted;
}

}  // namespace revenant
