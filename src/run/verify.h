// Exhaustive search of one program: every schedule of its ops with at most so many preemptions and
// so many choices other than the default, up to orders of steps that do not touch each other.
//
// A preemption is a switch away from a CPU that has begun and could go on; which CPU begins, and
// which follows one that blocked or ended, costs nothing, and all are tried. Each state is visited,
// and each step out of it is taken: what the search passes over is what follows a state that it
// remembers, with no fewer preemptions and choices left. After CHESS (Musuvathi et al., OSDI
// 2008).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "run/runner.h"
#include "run/verify_slice.h"
#include "run/visited_states.h"

namespace revenant {

struct VerifyBounds {
  std::uint32_t preemptions = 2;
  std::uint32_t choices = 1;
  bool reduces = true;  // Else every schedule is run, which is for tests of the reduction.
};

struct VerifyProgress {
  std::uint64_t schedules = 0;
  std::uint64_t states = 0;
};

struct VerifyResult {
  std::uint64_t schedules = 0;
  // Distinct ones at questions, with those that were there before, as far as there was room.
  std::uint64_t states = 0;
  std::optional<Finding> finding;
  Schedule schedule;  // That shows it: preemptions and choices, no walk.
  bool finished = false;
};

class Verifier {
 public:
  // Searches the ops of `program`; its preemptions, picks and walk do not count. What `states` has
  // already is passed over.
  Verifier(Runner& runner, const Schedule& program, const VerifyBounds& bounds,
           VisitedStates& states);
  ~Verifier();

  // Where the search stands, and what is left of it. Enough to go on in another process.
  VerifySlice slice() const;
  // Goes through that part only. Requires that it is one of a search of this program and bounds.
  void resume(const VerifySlice& slice);

  // How many schedules there are within the bounds, without reduction: the mean over random
  // descents, after Knuth, "Estimating the Efficiency of Backtrack Programs" (1975), with his
  // importance sampling. Deterministic.
  double estimate(std::uint32_t descents = 200);

  // `keep_going` is asked after each schedule; false ends the search unfinished.
  VerifyResult run(const std::function<bool(const VerifyProgress&)>& keep_going);

 private:
  class Explorer;

  Schedule bare_;
  Runner& runner_;
  std::unique_ptr<Explorer> explorer_;
};

}  // namespace revenant
