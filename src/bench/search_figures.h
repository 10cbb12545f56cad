// How soon a search finds what a variant declares, by policy: what policies are compared by.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "run/search_policy.h"
#include "sim/machine.h"
#include "subjects/subject.h"

namespace revenant::bench {

struct SearchFigure {
  std::string_view variant;
  SearchPolicy policy{};
  std::uint32_t seeds_found = 0;
  // To the finding, median over the seeds. A search without one counts with all its executions, so
  // where half of them miss this is less than the truth.
  std::uint64_t median_executions = 0;
};

struct SearchFigureLimits {
  std::uint32_t seeds = 20;  // Seeds 1 to `seeds`, each a search from an empty corpus.
  std::uint64_t executions = 5'000;
};

SearchFigure measure_search(sim::Machine& machine, const Subject& subject, const Variant& variant,
                            SearchPolicy policy, const SearchFigureLimits& limits);

// Of the medians of one policy. Requires one at least.
double geometric_mean(std::span<const SearchFigure> figures, SearchPolicy policy);

}  // namespace revenant::bench
