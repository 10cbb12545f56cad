// What makes two findings the same bug.
#pragma once

#include <string>

#include "report/recording.h"

namespace revenant {

// Which events played which part in a finding; kNoEvent for a part that nobody played.
struct Roles {
  // Where the blamed op got the name by which it used a life of the object that then ended: its
  // last load of a pointer to that life, before its end if there is such a load. Which life: the
  // last that it met and that is not the one at the end of the run, or that if it met no other.
  EventIndex named = kNoEvent;
  EventIndex freed = kNoEvent;  // The end of that life; of the last that ended if none is named.
  EventIndex allocated = kNoEvent;  // The first allocation after that, if there was one.
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
