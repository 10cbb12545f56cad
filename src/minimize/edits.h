// Changes to a schedule's program that leave the rest of its run what it was, as far as that can
// be: anchors move along with their ops. Results are normalized.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "schedule/schedule.h"

namespace revenant {

struct OpPlace {
  std::size_t cpu = 0;
  std::size_t op = 0;
};

// Of every op, in order.
std::vector<OpPlace> places_of(const Schedule& schedule);

// Preemptions in favour of the CPU go to the next one. Requires two CPUs or more.
Schedule without_cpu(Schedule schedule, std::size_t cpu);

// Where the op was its CPU begins the next one, or ends: the op's entries move to that point.
Schedule without_op(Schedule schedule, OpPlace place);
// Requires the places in order.
Schedule without_ops(Schedule schedule, std::span<const OpPlace> places);

// The op is performed before the one that stands there, if any. Requires that it fits.
Schedule with_op(Schedule schedule, OpPlace place, const OpCall& call);

// CPU `into` performs the ops of `from` before its own op number `at`, and `from` is gone. Requires
// that they fit, and that `from` is not `into`.
Schedule with_merged_cpus(Schedule schedule, std::size_t into, std::size_t from, std::size_t at);

// CPU n becomes CPU to[n]. Requires a permutation of the schedule's CPUs.
Schedule with_renumbered_cpus(const Schedule& schedule, std::span<const std::uint8_t> to);

}  // namespace revenant
