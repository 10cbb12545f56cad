// A smaller schedule that still fails.
//
// Takes away CPUs, ops, preemptions and picks, largest first, again and again until nothing can go:
// the result is 1-minimal, no single one of them can be left out. When an op goes, the anchors on
// its CPU move along; when a CPU goes, preemptions in its favour go to the next one. So the rest of
// the run stays what it was as far as it can.
#pragma once

#include <functional>

#include "schedule/schedule.h"

namespace revenant {

using StillFails = std::function<bool(const Schedule&)>;

// Requires still_fails(failing), and that the schedule is normalized. Deterministic if still_fails
// is; asks it O(n^2) times for n removable parts.
Schedule minimize(Schedule failing, const StillFails& still_fails);

}  // namespace revenant
