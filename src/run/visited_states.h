// The states that an exhaustive search has been in, each with the fewest preemptions that led
// there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace revenant {

struct VisitedState {
  std::uint64_t state = 0;
  std::uint32_t preemptions = 0;
};

class VisitedStates {
 public:
  VisitedStates();

  std::uint64_t size() const { return count_; }

  // Room for what one run may note, of at most kRoom states: note() itself allocates nothing, since
  // it is called inside CPUs.
  void make_room();
  // Notes the state; false if it was visited with as few preemptions before.
  bool note(std::uint64_t state, std::uint32_t preemptions);

  // What note() was true for since news were forgotten, in order.
  std::span<const VisitedState> news() const { return news_; }
  void forget_news() { news_.clear(); }
  // Notes what another search has visited; these are no news.
  void learn(std::span<const VisitedState> visited);

 private:
  static constexpr std::size_t kRoom = 8192;

  VisitedState& entry_of(std::uint64_t state);
  bool improve(const VisitedState& visited);

  std::vector<VisitedState> entries_;  // As many as a power of two; 0 is a free entry.
  std::vector<VisitedState> news_;
  std::uint64_t count_ = 0;
};

}  // namespace revenant
