// A smaller schedule that still fails.
//
// Goes down one total order of schedules (order.h), so it ends: first by passes that take away ops,
// CPUs, preemptions and picks, one or two or many at a time (candidates.h); where those find
// nothing more, by looking for other preemptions of a program that is smaller (reschedule.h); at
// last by passes that make what is left simpler. When an op goes, the anchors on its CPU move along
// (edits.h), so the rest of the run stays what it was as far as it can.
//
// The result is 1-minimal: no single op, CPU, preemption or pick can be left out. How many
// executions that takes depends on the schedule; some ten thousand are usual.
#pragma once

#include <cstdint>
#include <functional>

#include "minimize/judge.h"
#include "minimize/order.h"
#include "schedule/op_table.h"

namespace revenant {

struct MinimizeProgress {
  const Schedule& best;
  std::uint64_t executions = 0;
};
// Asked after some milliseconds' executions each; false ends the work.
using KeepMinimizing = std::function<bool(const MinimizeProgress&)>;

struct Minimized {
  Schedule schedule;  // The best found; 1-minimal unless stopped.
  std::uint64_t executions = 0;
  bool stopped = false;
};

// Requires that `failing` fails and is normalized. Deterministic if the judge is.
Minimized minimize(Schedule failing, const OpTable& table, Judge& judge,
                   const KeepMinimizing& keep_going = {});

}  // namespace revenant
