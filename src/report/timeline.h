// A run as people read it: one row a step, one column a CPU, the line of the source beside it.
//
// A row belongs to one CPU alone, so its text starts in that CPU's column and may run on to the
// right. Names: page0 is the first page, anon_vma0#2 the second life of the first anon_vma,
// anon_vma0#1:freed the same memory between its first and second life.
#pragma once

#include <span>
#include <string>

#include "run/schedule_runner.h"
#include "schedule/schedule.h"
#include "sim/trace.h"

namespace revenant {

enum class Colour : std::uint8_t { kNever, kAnsi };

struct TimelineInput {
  const Subject& subject;
  const Variant& variant;
  const Schedule& schedule;
  std::span<const sim::Event> events;
  const sim::MemoryMap& memory;
  const std::optional<Finding>& finding;
};

// "recycled-object in anon_vma/as_posted: CPU 0 in `lock page0`: ..."; ends without a newline.
std::string finding_line(const TimelineInput& input);

// The whole run, the finding as its last row. The same in every process.
std::string timeline(const TimelineInput& input, Colour colour);

}  // namespace revenant
