// A search spread over processes, each with a seed of its own.
//
// Processes and not threads, because the machine of a run is one per process; and a process even
// for one job, so that what the code under test breaks, or UBSan reports but once, is gone with it.
// Job 0 of one job is the seed itself, so `--jobs 1` and no --jobs are the same search.
//
// Jobs go on in rounds of kJobRound executions, and none begins one before all have ended the last:
// so all stop after the round in which one has a finding, and which one that is, and how far the
// others came, is not up to the clock.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/fuzz_view.h"
#include "run/engine_machine.h"
#include "run/search.h"

namespace revenant {

inline constexpr std::uint64_t kJobRound = 4 * Search::kAskEvery;

struct JobsOptions {
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  SearchLimits limits{};  // Of all jobs together.
  SearchPolicy policy = SearchPolicy::kDefault;
  EngineOptions engine{};
  std::vector<Schedule> corpus{};
  // Where the corpus is from, if anywhere, and where jobs keep what they learn while they go on, as
  // far as that can be written there.
  std::string corpus_folder{};
  View view = View::kNone;
};

struct Failing {
  Schedule schedule;
  FindingKind kind{};
  std::string text;
};

// Of all jobs together.
struct JobsResult {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  std::uint64_t features = 0;      // Of the job that saw most.
  std::optional<Failing> failing;  // Of the job that needed fewest executions, the first of these.
  std::vector<Schedule> learned;   // Schedules that showed something new.
  bool interrupted = false;
  std::exception_ptr failure;  // As of a job, which was lost with what it knew; null is none.
  bool crashed = false;  // A job ended with a crash of the code under test, and said so on stderr.
};

JobsResult run_jobs(const Target& target, const JobsOptions& options);

}  // namespace revenant
