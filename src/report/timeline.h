// A run as people read it: one row a step, one column a CPU, the line of the source beside it.
//
// A row belongs to one CPU alone, so its text starts in that CPU's column and may run on to the
// right. At the left edge of each column stands ":" while its CPU is inside an RCU read-side
// section, and "|" while it holds a lock. Names: page0 is the first page, anon_vma0#2 the second
// life of the first anon_vma, anon_vma0#1:freed the same memory between its first and second life.
#pragma once

#include <string>

#include "report/recording.h"

namespace revenant {

enum class Colour : std::uint8_t { kNever, kAnsi };

// "recycled-object in anon_vma/as_posted: CPU 0 in `lock page0`: ..."; ends without a newline.
std::string finding_line(const ReportInput& input);

// The whole run, the finding as its last row. The same in every process.
std::string timeline(const ReportInput& input, const Recording& recording, Colour colour);

}  // namespace revenant
