// The same program with other preemptions: how the minimizer leaves a local minimum.
//
// A program that fails at all mostly fails with two or three preemptions (Musuvathi and Qadeer,
// PLDI 2007), so they are looked for level by level: each schedule of a level is one of the level
// below with one more, at a place that its run passes after those it has. A level too large for its
// budget is sampled, always in the same way.
#pragma once

#include <cstdint>
#include <optional>

#include "minimize/trials.h"

namespace revenant {

struct RescheduleLimits {
  std::size_t preemptions = 2;    // At most, beyond those of the base.
  std::size_t executions = 2000;  // At most about so many for each of them.
};

// The first schedule found that fails; `base` itself is tried first. Deterministic if the judge is.
std::optional<Schedule> reschedule(const Schedule& base, const RescheduleLimits& limits,
                                   Trials& trials);

}  // namespace revenant
