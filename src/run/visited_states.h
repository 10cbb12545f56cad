// The states that an exhaustive search has been in, each with the fewest preemptions that led
// there. Where there are more than it may remember, the rest are new each time: a search that goes
// on from them does more than it must, and misses nothing.
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
  static constexpr std::uint64_t kDefaultMost = std::uint64_t{1} << 26;

  // A table of up to 32 bytes for each of `most` rounded up to a power of two, and half as much
  // again while it grows; at least half a MiB. The news come beside that.
  explicit VisitedStates(std::uint64_t most = kDefaultMost);

  std::uint64_t size() const { return count_; }
  // Whether some were too many.
  bool forgot() const { return forgot_; }

  // Room for what one run may note, of at most kRoom states: note() itself allocates nothing, since
  // it is called inside CPUs.
  void make_room();
  // Notes the state, if there is room; false if it is known with as few preemptions.
  bool note(std::uint64_t state, std::uint32_t preemptions);

  // What was noted since news were forgotten, in order.
  std::span<const VisitedState> news() const { return news_; }
  void forget_news() { news_.clear(); }
  // Notes what another search has visited, as far as there is room; these are no news.
  void learn(std::span<const VisitedState> visited);

 private:
  static constexpr std::size_t kRoom = 8192;

  enum class Visit : std::uint8_t { kKnown, kNoted, kForgotten };

  VisitedState& entry_of(std::uint64_t state);
  Visit visit(const VisitedState& visited);

  std::vector<VisitedState> entries_;  // As many as a power of two; 0 is a free entry.
  std::vector<VisitedState> news_;
  std::uint64_t most_;
  std::uint64_t count_ = 0;
  bool forgot_ = false;
};

}  // namespace revenant
