// A search spread over processes, each with a seed of its own.
//
// Processes and not threads, because the machine of a run is one per process; and a process even
// for one job, so that what the code under test breaks, or UBSan reports but once, is gone with it.
// Job 0 of one job is the seed itself, so `--jobs 1` and no --jobs are the same search.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/fuzz_view.h"
#include "run/engine_machine.h"
#include "run/search.h"

namespace revenant {

struct JobsOptions {
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  SearchLimits limits{};  // Of all jobs together.
  SearchPolicy policy = SearchPolicy::kDefault;
  EngineOptions engine{};
  std::vector<Schedule> corpus{};
  std::string corpus_folder{};  // Where the corpus is from, if anywhere.
  View view = View::kNone;
};

struct Failing {
  Schedule schedule;
  FindingKind kind{};
  std::string text;
};

// Of the jobs up to the lowest-numbered one that has a finding; those after it are stopped, as how
// far they got is up to the clock.
struct JobsResult {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  std::uint64_t features = 0;  // Of the job that saw most.
  std::optional<Failing> failing;
  std::vector<Schedule> learned;  // Schedules that showed something new.
  bool interrupted = false;
  bool crashed = false;  // A job ended with a crash of the code under test, and said so on stderr.
};

JobsResult run_jobs(const Target& target, const JobsOptions& options);

}  // namespace revenant
