// The sanitizers as judges: a report of theirs becomes a finding of the run under way.
//
// Where the sanitizer's option halt_on_error is 0, the run ends at the CPU's next scheduling point
// with a finding data-race, asan or ubsan; where it is 1 the sanitizer ends the process first,
// which is what a fuzz target wants.
#pragma once

#include <cstdint>
#include <string>

#include "sim/finding.h"

namespace revenant::sim {

struct SanitizerVerdict {
  FindingKind kind{};
  std::string text;
};

// What is known of the address that a sanitizer complained of; `kind` is kDataRace, kAsan or
// kUbsan.
using ExplainAddress = SanitizerVerdict (*)(FindingKind kind, std::uintptr_t address);

// Puts the hooks into the program. `explain` may know better than a sanitizer what is wrong: poison
// that ASan hit may be that of a freed slab object. Null means: name the address, keep the kind.
void listen_to_sanitizers(ExplainAddress explain);

// Who hears of a report instead of the running sim machine, on the thread that the sanitizer
// complains of. Null is the sim machine again. May not allocate.
using HearReport = void (*)(FindingKind kind, std::uintptr_t address);
void deliver_reports_to(HearReport hear);

SanitizerVerdict explain_sanitizer(FindingKind kind, std::uintptr_t address);

// To be called before a run, outside all CPUs: TSan stops looking at a word once it has reported a
// race there, so after a report it must forget everything for the next run to be judged like the
// first.
void forget_reports();

}  // namespace revenant::sim
