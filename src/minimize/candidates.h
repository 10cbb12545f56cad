// The passes of the minimizer: each makes from a schedule a list of others, most promising first,
// of which those that are smaller are worth a run. Results are normalized.
#pragma once

#include <vector>

#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

using Candidates = std::vector<Schedule>;
using Pass = Candidates (*)(const Schedule& schedule, const OpTable& table);

// --- With less in it. ---

// Runs of consecutive ops: halves, quarters, down to two; after Zeller's ddmin.
Candidates without_run_of_ops(const Schedule& schedule, const OpTable& table);
Candidates without_a_cpu(const Schedule& schedule, const OpTable& table);
Candidates without_an_op(const Schedule& schedule, const OpTable& table);
// One op may be needed only because of another, as a free because of its allocation.
Candidates without_two_ops(const Schedule& schedule, const OpTable& table);
// One or two ops, after which others perform what was left for another argument: who needed what
// they made may take what is there.
Candidates without_ops_and_renamed(const Schedule& schedule, const OpTable& table);
// A preemption, a pick or the walk.
Candidates without_an_entry(const Schedule& schedule, const OpTable& table);
Candidates without_two_entries(const Schedule& schedule, const OpTable& table);

// --- With the same in it. ---

// The ops of one CPU inserted among those of another.
Candidates with_a_cpu_less(const Schedule& schedule, const OpTable& table);
// In every other order of CPUs; and the same without one entry, which the order may stand in for.
Candidates with_cpus_in_another_order(const Schedule& schedule, const OpTable& table);
// An op replaced by one that stands earlier in the table, or with other arguments.
Candidates with_a_simpler_op(const Schedule& schedule, const OpTable& table);
// An op at every other place, on its CPU or another.
Candidates with_a_moved_op(const Schedule& schedule, const OpTable& table);
// Both: an op replaced, and one moved. Of a few ops only.
Candidates with_a_simpler_and_a_moved_op(const Schedule& schedule, const OpTable& table);
// An argument's value exchanged for a lower one in all ops at once.
Candidates with_renamed_arguments(const Schedule& schedule, const OpTable& table);
// A preemption or pick moved to an earlier point of its op, or to the beginning of the next.
Candidates with_an_earlier_anchor(const Schedule& schedule, const OpTable& table);
// A pick or the target of a preemption lowered.
Candidates with_a_lower_answer(const Schedule& schedule, const OpTable& table);

}  // namespace revenant
