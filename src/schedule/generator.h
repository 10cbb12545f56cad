// A random schedule out of nothing: a short program for a few CPUs, and a random walk over it.
#pragma once

#include "base/rng.h"
#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

Schedule random_schedule(const OpTable& table, Rng& rng);

// The same without any of our ideas of what is worth trying: every op and argument is as likely as
// any other, and the walk is the plain random one. What a search is measured against.
Schedule plain_schedule(const OpTable& table, Rng& rng);

}  // namespace revenant
