// Every variant of a subject against what it declares: a mutant must be found with the finding that
// it names, for every seed; a clean one must stay silent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "run/runner.h"
#include "run/search.h"

namespace revenant {

struct MatrixLimits {
  std::uint32_t seeds = 20;  // Seeds 1 to `seeds`, each a search of its own from an empty corpus.
  std::uint64_t executions = 200'000;           // Of one search for a declared finding.
  std::uint64_t clean_executions = 20'000;      // Of one search in a clean variant.
  std::optional<kernel::MemoryModel> memory{};  // None is each variant's own.
  SearchPolicy policy = SearchPolicy::kDefault;
};

struct MatrixRow {
  const Variant* variant = nullptr;
  std::optional<FindingKind> expected{};  // With the memory that it was run with.
  std::uint32_t seeds_found = 0;          // Seeds that met the finding the variant declares.
  std::optional<FindingKind> unexpected;  // The first of another kind, or any in a clean variant.
  Schedule unexpected_schedule{};         // That showed it.
  std::vector<std::uint64_t> executions;  // To the first finding, by seed, in rising order; of a
                                          // clean variant, executions without one.
  bool crashed = false;  // The code under test, and with it the process that ran it.
  double seconds = 0;
  bool ok = false;
};

// One row. Stops at the first seed that disagrees with the declaration.
MatrixRow judge_variant(sim::Machine& machine, const Subject& subject, const Variant& variant,
                        const MatrixLimits& limits, const std::function<bool()>& keep_going = {});

// One row on threads, where a search may miss: whatever is found first in a mutant is noted, and
// nothing at all is no fault; a clean variant must stay silent. The one number in `executions` is
// the search's.
MatrixRow try_variant(ScheduleRunner& runner, const SearchLimits& limits, SearchPolicy policy,
                      const std::function<bool()>& keep_going = {});

}  // namespace revenant
