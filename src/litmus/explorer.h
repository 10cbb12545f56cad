// All final states of a litmus test, by trying every outcome of every step.
//
// Not every order of steps is tried. A store goes first, since it leads to all that it leads to
// later: loads can still read what is older, and it can still land anywhere. Of processes whose
// next steps nobody outside the group can touch any more, only those go on (a persistent set). And
// a state that came before is left alone. No final state is lost by any of these.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "litmus/program.h"
#include "litmus/state.h"

namespace revenant::litmus {

// So many states of one test are remembered, 16 bytes each.
inline constexpr std::size_t kMaxStates = std::size_t{1} << 24;

// A way keeps each of its states whole.
inline constexpr std::size_t kMaxWayBytes = std::size_t{1} << 29;

struct Limits {
  double seconds = 60;  // 0 is without bound.
  std::size_t states = kMaxStates;
  // Asked now and then, on the thread that explores; true ends the exploration.
  std::function<bool()> wants_stop{};
};

// One step of a process on the way to a state.
struct Taken {
  std::size_t process = 0;
  memory::Candidate choice{};
  std::uint32_t number = 0;  // Of the choice: 0 is the newest message, or an append.
};

enum class Stop : std::uint8_t { kFinished, kTime, kStates, kAsked };

struct Exploration {
  Stop stop = Stop::kFinished;
  std::uint64_t states = 0;       // Met while exploring.
  bool has_cut_loops = false;     // Some executions need more rounds than are tried.
  bool has_deadlock = false;      // Some executions do not end.
  bool has_wrong_unlock = false;  // Some process gives back a lock that it does not hold.
  bool lost_choices = false;      // A word has had more stores than are kept.
  std::optional<memory::Race> race;
  std::optional<std::vector<Taken>> found;  // The way to the state at which `visit` said stop.
};

struct ExploreOptions {
  Limits limits{};
  bool reduces = true;
  bool finds_races = false;                   // And stops at the first.
  std::optional<std::uint32_t> non_newest{};  // Choices other than number 0 on a way, at most.
};

class Explorer {
 public:
  // Everything must outlive the explorer.
  Explorer(const LitmusTest& test, const Analysis& analysis, memory::Rules rules);

  // Called at each final state that is met; true ends the exploration.
  using Visit = std::function<bool(const State&)>;
  // Throws Fault.
  Exploration run(const ExploreOptions& options, const Visit& visit) const;

  const Interpreter& interpreter() const { return interpreter_; }

 private:
  const LitmusTest& test_;
  const Analysis& analysis_;
  memory::Rules rules_;
  memory::Sizes sizes_;
  Interpreter interpreter_;
};

}  // namespace revenant::litmus
