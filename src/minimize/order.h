// Which of two schedules is the smaller one: a total order, so that going down it ends.
#pragma once

#include <cstddef>

#include "schedule/schedule.h"

namespace revenant {

// What a person has to read; of a schedule that draws ops as many as it may have.
struct ScheduleSize {
  std::size_t ops = 0;
  std::size_t cpus = 0;
  std::size_t preemptions = 0;
  std::size_t picks = 0;
  bool has_walk = false;

  // All that says how the run leaves its default course.
  std::size_t entries() const { return preemptions + picks + (has_walk ? 1 : 0); }

  friend bool operator==(const ScheduleSize&, const ScheduleSize&) = default;
};
ScheduleSize size_of(const Schedule& schedule);

// Fewer ops, then fewer CPUs, then fewer preemptions, picks and walks; then what is simpler: ops
// that stand earlier in the subject's table, lower arguments, anchors at the beginning of an op,
// lower picks; then by content.
bool is_smaller(const Schedule& a, const Schedule& b);

}  // namespace revenant
