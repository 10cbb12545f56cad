// How a command shows the run of one schedule.
#pragma once

#include <optional>
#include <string>

#include "report/timeline.h"
#include "run/schedule_runner.h"

namespace revenant {

// A run with its trace.
struct TracedRun {
  Outcome outcome;
  std::string first_line;  // Of a finding; else empty.
  std::string timeline;
};

TracedRun run_traced(ScheduleRunner& runner, const Schedule& schedule, Colour colour);

// Several runs of one schedule, of which one is shown: the first that failed, else the last.
struct Repeated {
  TracedRun shown;
  std::uint32_t failed = 0;
  std::uint64_t steps = 0;
};
Repeated run_repeatedly(ScheduleRunner& runner, const Schedule& schedule, std::uint32_t times,
                        Colour colour);

// What a run showed, in words.
struct Verdict {
  std::string kind;
  std::string signature;  // Equal for two runs that show the same bug, and for no others.
  std::string text;
};
// Runs the schedule; none without a finding.
std::optional<Verdict> verdict_of_run(ScheduleRunner& runner, const Schedule& schedule);

// True for what a sanitizer may report but once: TSan keeps four accesses a word and evicts at
// random, and UBSan reports each line of the source once in a process.
bool may_be_seen_once(FindingKind kind);

}  // namespace revenant
