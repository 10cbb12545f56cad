#include "run/matrix.h"

#include <algorithm>
#include <chrono>

#include "run/runner.h"
#include "run/search.h"

namespace revenant {

MatrixRow judge_variant(sim::Machine& machine, const Subject& subject, const Variant& variant,
                        const MatrixLimits& limits, const std::function<bool()>& keep_going) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Runner runner(machine, subject, variant, limits.memory.value_or(variant.memory));
  MatrixRow row;
  row.variant = &variant;
  row.expected = expected_in(variant, runner.memory_model());
  const std::uint64_t budget = row.expected ? limits.executions : limits.clean_executions;
  for (std::uint32_t seed = 1; seed <= limits.seeds; ++seed) {
    Search search(runner, seed, limits.policy);
    search.pass_over(variant.also);
    const SearchResult result = search.run(
        {.executions = budget}, [&](const SearchProgress&) { return !keep_going || keep_going(); });
    if (result.interrupted) break;
    row.executions.push_back(result.executions);
    if (result.finding && result.finding->kind != row.expected) {
      row.unexpected = result.finding->kind;
      row.unexpected_schedule = made_explicit_for(result.finding->kind, runner, result.schedule);
      break;
    }
    if (row.expected && !result.finding) break;
    if (result.finding) ++row.seeds_found;
  }
  std::ranges::sort(row.executions);
  const bool all_ran = row.executions.size() == limits.seeds;
  row.ok = all_ran && !row.unexpected && (!row.expected || row.seeds_found == limits.seeds);
  row.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return row;
}

MatrixRow try_variant(ScheduleRunner& runner, const SearchLimits& limits, SearchPolicy policy,
                      const std::function<bool()>& keep_going) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const Variant& variant = runner.variant();
  Search search(runner, 1, policy);
  // What a clean variant declares all the same, as a race that is no bug of the protocol.
  if (!variant.expected) search.pass_over(variant.also);
  const SearchResult result =
      search.run(limits, [&](const SearchProgress&) { return !keep_going || keep_going(); });
  MatrixRow row{.variant = &variant,
                .expected = variant.expected,
                .unexpected = std::nullopt,
                .executions = {result.executions}};
  if (result.finding && result.finding->kind == variant.expected) {
    row.seeds_found = 1;
  } else if (result.finding) {
    row.unexpected = result.finding->kind;
    row.unexpected_schedule = made_explicit_for(result.finding->kind, runner, result.schedule);
  }
  row.ok = !result.interrupted && (variant.expected || !result.finding);
  row.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return row;
}

}  // namespace revenant
