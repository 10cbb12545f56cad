// Small changes to a schedule, each of which leaves most of its run in place.
#pragma once

#include "base/rng.h"
#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

// One or a few changes: an op added, removed, replaced or moved; a preemption or pick added,
// removed or shifted by a point; a new walk, or one that takes over somewhere. The result is
// normalized.
Schedule mutate(Schedule schedule, const OpTable& table, Rng& rng);

// As far as a random question of an explicit schedule's run, and from there a new walk; in half of
// the cases one that draws ops too, also behind those of a CPU that has come to its end. Always
// where no op is listed.
Schedule with_another_end(Schedule schedule, Rng& rng);

// Some CPUs of one parent with their preemptions, the rest of the other. The result is normalized.
Schedule cross_over(const Schedule& a, const Schedule& b, Rng& rng);

}  // namespace revenant
