// A random schedule out of nothing: a short program for a few CPUs, and a random walk over it.
#pragma once

#include "base/rng.h"
#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

Schedule random_schedule(const OpTable& table, Rng& rng);

// A schedule of CPUs without ops, whose walk draws all of them. Of many CPUs: the more there are,
// the more there is to be in the way of one that stands still.
Schedule drawn_schedule(Rng& rng);

// A random schedule without any of our ideas of what is worth trying: every op and argument is as
// likely as any other, and the walk is the plain random one. What a search is measured against.
Schedule plain_schedule(const OpTable& table, Rng& rng);

}  // namespace revenant
