#include "minimize/minimize.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "minimize/candidates.h"
#include "minimize/reschedule.h"
#include "schedule/byte_codec.h"

namespace revenant {
namespace {

constexpr Pass kReducing[] = {
    &without_run_of_ops,      &without_a_cpu,       &without_an_op,   &without_an_entry,
    &without_two_ops,         &without_two_entries, &with_a_cpu_less, &with_cpus_in_another_order,
    &without_ops_and_renamed,
};
constexpr Pass kSimplifying[] = {
    &with_renamed_arguments,
    &with_a_simpler_op,
    &with_an_earlier_anchor,
    &with_a_lower_answer,
};

// A pass whose results get other preemptions.
struct Escape {
  Pass pass;
  bool keeps_preemptions;  // And looks for further ones.
  RescheduleLimits limits;
};
// The cheap before the thorough.
constexpr Escape kEscapes[] = {
    {&without_an_op, true, {.preemptions = 1, .executions = 1000}},
    {&without_run_of_ops, false, {.preemptions = 2, .executions = 500}},
    {&without_an_op, false, {.preemptions = 2, .executions = 1000}},
    {&without_two_ops, false, {.preemptions = 2, .executions = 500}},
    {&with_a_cpu_less, false, {.preemptions = 2, .executions = 1000}},
    {&without_an_op, false, {.preemptions = 3, .executions = 6000}},
    {&with_cpus_in_another_order, false, {.preemptions = 3, .executions = 6000}},
    {&with_a_moved_op, false, {.preemptions = 2, .executions = 500}},
    {&with_a_simpler_op, false, {.preemptions = 2, .executions = 500}},
    {&with_a_simpler_and_a_moved_op, false, {.preemptions = 1, .executions = 200}},
    {&without_two_ops, false, {.preemptions = 3, .executions = 6000}},
};
// Of all escapes; the passes alone end by themselves.
constexpr std::uint64_t kMaxEscapeExecutions = 600'000;
// Simpler ops may open a way that was closed before.
constexpr int kRounds = 2;

class Minimizer {
 public:
  Minimizer(Schedule failing, const OpTable& table, Judge& judge, const KeepMinimizing& keep_going)
      : best_(std::move(failing)),
        table_(table),
        ask_([this, &keep_going](std::uint64_t executions) {
          return !keep_going || keep_going({best_, executions});
        }),
        trials_(judge, ask_) {}

  Minimized run() {
    reduce(kReducing);
    for (int round = 0; round < kRounds; ++round) {
      while (escape()) reduce(kReducing);
      while (reduce(kSimplifying)) reduce(kReducing);
    }
    return {.schedule = best_, .executions = trials_.executions(), .stopped = trials_.is_stopped()};
  }

 private:
  // Until none of the passes finds anything; true if one did.
  bool reduce(std::span<const Pass> passes) {
    bool changed = false;
    for (bool again = true; again;) {
      again = false;
      for (const Pass pass : passes) {
        while (step(pass)) again = true;
      }
      changed |= again;
    }
    return changed;
  }

  bool step(Pass pass) {
    Candidates candidates = pass(best_, table_);
    std::erase_if(candidates, [this](const Schedule& s) { return !is_smaller(s, best_); });
    const std::optional<std::size_t> found = trials_.first_failing(candidates);
    if (found) best_ = std::move(candidates[*found]);
    return found.has_value();
  }

  // One success, if there is one to be had.
  bool escape() {
    for (const Escape& by : kEscapes) {
      for (const Schedule& base : by.pass(best_, table_)) {
        if (escape_to(base, by)) return true;
      }
    }
    return false;
  }

  bool escape_to(Schedule base, const Escape& by) {
    if (by.keeps_preemptions) return escape_from(base, by.limits);
    base.preemptions.clear();
    base.walk.reset();
    normalize(base);
    if (!base.picks.empty() && escape_from(base, by.limits)) return true;
    base.picks.clear();
    return escape_from(base, by.limits);
  }

  bool escape_from(const Schedule& base, RescheduleLimits limits) {
    limits.preemptions = std::min(limits.preemptions, affordable_preemptions(base));
    if (!is_smaller(base, best_) || escape_executions_ > kMaxEscapeExecutions) return false;
    if (!tried_.emplace(encode(base, table_), limits.executions).second) return false;
    const std::uint64_t before = trials_.executions();
    const std::optional<Schedule> found = reschedule(base, limits, trials_);
    escape_executions_ += trials_.executions() - before;
    if (!found || !is_smaller(*found, best_)) return false;
    best_ = *found;
    return true;
  }

  // How many a base may get and still be smaller than the best.
  std::size_t affordable_preemptions(const Schedule& base) const {
    const ScheduleSize size = size_of(base);
    const ScheduleSize best = size_of(best_);
    if (std::pair(size.ops, size.cpus) < std::pair(best.ops, best.cpus)) return kMaxPreemptions;
    Schedule with_entries_of_best = best_;
    with_entries_of_best.cpus = base.cpus;
    const std::size_t saved = is_smaller(with_entries_of_best, best_) ? 0 : 1;
    return best.entries() < size.entries() + saved ? 0 : best.entries() - size.entries() - saved;
  }

  Schedule best_;
  const OpTable& table_;
  std::function<bool(std::uint64_t)> ask_;
  Trials trials_;
  std::uint64_t escape_executions_ = 0;
  std::set<std::pair<std::vector<std::uint8_t>, std::size_t>> tried_;
};

}  // namespace

Minimized minimize(Schedule failing, const OpTable& table, Judge& judge,
                   const KeepMinimizing& keep_going) {
  return Minimizer(std::move(failing), table, judge, keep_going).run();
}

}  // namespace revenant
