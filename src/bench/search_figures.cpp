#include "bench/search_figures.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "run/runner.h"
#include "run/search.h"

namespace revenant::bench {

SearchFigure measure_search(sim::Machine& machine, const Subject& subject, const Variant& variant,
                            SearchPolicy policy, const SearchFigureLimits& limits) {
  Runner runner(machine, subject, variant);
  SearchFigure figure{.variant = variant.name, .policy = policy};
  std::vector<std::uint64_t> executions;
  for (std::uint32_t seed = 1; seed <= limits.seeds; ++seed) {
    Search search(runner, seed, policy);
    search.pass_over(variant.also);
    const SearchResult result = search.run({.executions = limits.executions});
    const bool found = result.finding && result.finding->kind == variant.expected;
    if (found) ++figure.seeds_found;
    executions.push_back(found ? result.executions : limits.executions);
  }
  std::ranges::sort(executions);
  figure.median_executions = executions[(executions.size() - 1) / 2];
  return figure;
}

double geometric_mean(std::span<const SearchFigure> figures, SearchPolicy policy) {
  double logarithms = 0;
  int count = 0;
  for (const SearchFigure& figure : figures) {
    if (figure.policy != policy) continue;
    logarithms += std::log(static_cast<double>(figure.median_executions));
    ++count;
  }
  REVENANT_CHECK(count > 0);
  return std::exp(logarithms / count);
}

}  // namespace revenant::bench
