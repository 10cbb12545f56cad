// What makes two findings the same bug.
#pragma once

#include <string>

#include "report/recording.h"

namespace revenant {

// Which events played which part in a finding; kNoEvent for a part that nobody played.
struct Roles {
  // Where the blamed CPU got the name by which it later used the object: its last load of a pointer
  // to it before it was freed.
  EventIndex named = kNoEvent;
  EventIndex freed = kNoEvent;      // The last free of the object...
  EventIndex allocated = kNoEvent;  // ...and the allocation after it, if there was one.
  EventIndex held = kNoEvent;       // Where another CPU took the lock that is concerned.
};

// Requires input.finding.
Roles roles_of(const ReportInput& input, const Recording& recording);

// "recycled-object in anon_vma: find_anon_vma, anon_vma_free, anon_vma_alloc": kind, subject and
// the functions that played a part, then the type and field that is concerned. No address, step,
// line, number of a CPU or of an object: two schedules that show the same bug share a signature,
// and an edit elsewhere leaves it alone. For an object that came back the part that counts is who
// looked it up, not who was caught using it. Requires input.finding.
std::string signature_of(const ReportInput& input, const Recording& recording);

}  // namespace revenant
