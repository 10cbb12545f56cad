#include "litmus/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "litmus/condition.h"
#include "litmus/ordering.h"

namespace revenant::litmus {
namespace {

using Clock = std::chrono::steady_clock;

void add_observed(std::vector<Observed>& columns, const Observed& observed) {
  if (observed.kind == Observed::Kind::kNumber) return;
  if (std::ranges::find(columns, observed) == columns.end()) columns.push_back(observed);
}

void add_observed(std::vector<Observed>& columns, const Proposition& proposition) {
  for (const Proposition::Node& node : proposition.nodes) {
    add_observed(columns, node.left);
    add_observed(columns, node.right);
  }
}

// Registers by process, then words, each by name.
std::vector<Observed> columns_of(const LitmusTest& test) {
  std::vector<Observed> columns;
  add_observed(columns, test.condition);
  for (const Observed& observed : test.locations) add_observed(columns, observed);
  std::ranges::sort(columns, [&](const Observed& a, const Observed& b) {
    if (a.kind != b.kind) return a.kind == Observed::Kind::kRegister;
    if (a.process != b.process) return a.process < b.process;
    return name_of(test, a) < name_of(test, b);
  });
  return columns;
}

std::vector<RegisterMask> registers_of(const LitmusTest& test, std::vector<Observed> columns) {
  if (test.filter) add_observed(columns, *test.filter);
  add_observed(columns, test.condition);
  std::vector<RegisterMask> masks(test.processes.size(), 0);
  for (const Observed& observed : columns) {
    if (observed.kind == Observed::Kind::kRegister) {
      masks[observed.process] |= RegisterMask{1} << observed.index;
    }
  }
  return masks;
}

class Judge {
 public:
  Judge(const LitmusTest& test, const JudgeOptions& options)
      : test_(test),
        options_(options),
        columns_(columns_of(test)),
        analysis_(test, registers_of(test, columns_)),
        explorer_(test, analysis_, options.rules) {}

  Verdict run() {
    verdict_.name = test_.name;
    verdict_.columns = columns_;
    const Exploration exploration = explorer_.run(explore_options(), [&](const State& state) {
      visit(state);
      return false;
    });
    verdict_.explored = exploration.states;
    verdict_.states.assign(states_.begin(), states_.end());
    find_race(exploration);
    decide(exploration);
    if (options_.wants_witness && verdict_.positive > 0) find_witness();
    verdict_.seconds = spent();
    return std::move(verdict_);
  }

 private:
  double spent() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  // What is left of the time.
  ExploreOptions explore_options() const {
    ExploreOptions options{.limits = options_.limits, .reduces = options_.reduces};
    if (options.limits.seconds > 0) {
      options.limits.seconds = std::max(options.limits.seconds - spent(), 1e-6);
    }
    return options;
  }

  bool holds_of(const Proposition& proposition, const State& state) const {
    return holds(proposition, [&](const Observed& observed) {
      return explorer_.interpreter().value_of(state, observed);
    });
  }

  bool is_wanted(const State& state) const {
    return (!test_.filter || holds_of(*test_.filter, state)) && holds_of(test_.condition, state);
  }

  void visit(const State& state) {
    if (test_.filter && !holds_of(*test_.filter, state)) return;
    std::vector<Number> row;
    row.reserve(columns_.size());
    for (const Observed& observed : columns_) {
      row.push_back(explorer_.interpreter().value_of(state, observed));
    }
    if (!states_.insert(std::move(row)).second) return;
    ++(holds_of(test_.condition, state) ? verdict_.positive : verdict_.negative);
  }

  void find_race(const Exploration& exploration) {
    if (!analysis_.has_plain_accesses()) return;
    if (exploration.stop != Stop::kFinished) {
      verdict_.flags.emplace_back("data-race not decided");
      return;
    }
    ExploreOptions options = explore_options();
    options.finds_races = true;
    const Exploration racing = explorer_.run(options, [](const State& /*state*/) { return false; });
    if (racing.race) {
      verdict_.flags.emplace_back("data-race");
    } else if (racing.stop != Stop::kFinished) {
      verdict_.flags.emplace_back("data-race not decided");
    }
  }

  void decide(const Exploration& exploration) {
    if (exploration.has_deadlock) verdict_.flags.emplace_back("deadlock");
    if (exploration.has_wrong_unlock) verdict_.flags.emplace_back("unmatched-unlock");
    if (exploration.has_cut_loops) verdict_.flags.emplace_back("loops cut");
    if (has_stray_barrier(test_)) verdict_.flags.emplace_back("stray barrier");
    const bool is_mixed = verdict_.positive > 0 && verdict_.negative > 0;
    std::string why;
    if (exploration.stop == Stop::kTime) why = "timed out";
    if (exploration.stop == Stop::kStates) why = "too many states";
    if (exploration.stop == Stop::kAsked) why = "interrupted";
    if (is_mixed) {
      // Two states that differ settle it, whatever else there is; there may be more of them.
      if (!why.empty()) verdict_.flags.push_back("states incomplete: " + why);
      return;
    }
    verdict_.unknown = why;
    if (exploration.has_cut_loops) {
      verdict_.unknown = fmt::format("a loop needs more than {} rounds", kMaxRounds);
    }
    if (exploration.lost_choices) verdict_.unknown = "a word has more stores than are kept";
    if (!verdict_.unknown.empty()) return;
    const Incompleteness incompleteness = incompleteness_of(test_, analysis_);
    if (incompleteness.load_buffering) verdict_.flags.emplace_back("no load buffering");
    if (incompleteness.early_store) verdict_.flags.emplace_back("no early stores");
  }

  // With as few choices as can be that are not the newest.
  void find_witness() {
    constexpr std::uint32_t kMost = 64;
    for (std::uint32_t count = 0; count <= kMost && !verdict_.witness; ++count) {
      ExploreOptions options = explore_options();
      options.non_newest = count;
      const Exploration found =
          explorer_.run(options, [&](const State& state) { return is_wanted(state); });
      if (found.stop != Stop::kFinished) return;
      verdict_.witness = found.found;
    }
  }

  const LitmusTest& test_;
  const JudgeOptions& options_;
  Clock::time_point start_ = Clock::now();
  std::vector<Observed> columns_;
  Analysis analysis_;
  Explorer explorer_;
  std::set<std::vector<Number>> states_;
  Verdict verdict_;
};

}  // namespace

Verdict judge(const LitmusTest& test, const JudgeOptions& options) {
  return Judge(test, options).run();
}

std::string_view word_of(const Verdict& verdict) {
  if (!verdict.unknown.empty()) return "unknown";
  if (verdict.positive == 0) return "Never";
  return verdict.negative == 0 ? "Always" : "Sometimes";
}

std::string state_text(const LitmusTest& test, const Verdict& verdict, std::size_t state) {
  std::string text;
  for (std::size_t i = 0; i < verdict.columns.size(); ++i) {
    text += fmt::format("{}{}={};", i > 0 ? " " : "", name_of(test, verdict.columns[i]),
                        value_text(test, verdict.states[state][i]));
  }
  return text;
}

std::string verdict_text(const LitmusTest& test, const Verdict& verdict) {
  struct Words {
    const char* test;
    const char* quantifier;
    bool is_ok;
    bool swaps;
  };
  const bool any = verdict.positive > 0;
  const bool all = verdict.negative == 0;
  const Words words =
      test.quantifier == Quantifier::kExists   ? Words{"Allowed", "exists", any, false}
      : test.quantifier == Quantifier::kForall ? Words{"Required", "forall", all, false}
                                               : Words{"Forbidden", "~exists", !any, true};
  std::string text =
      fmt::format("Test {} {}\nStates {}\n", verdict.name, words.test, verdict.states.size());
  for (std::size_t i = 0; i < verdict.states.size(); ++i)
    text += state_text(test, verdict, i) + "\n";
  const std::uint64_t for_it = words.swaps ? verdict.negative : verdict.positive;
  const std::uint64_t against_it = words.swaps ? verdict.positive : verdict.negative;
  if (verdict.unknown.empty()) text += words.is_ok ? "Ok\n" : "No\n";
  text += fmt::format("Witnesses\nPositive: {} Negative: {}\n", for_it, against_it);
  for (const std::string& flag : verdict.flags) text += "Flag " + flag + "\n";
  text += fmt::format("Condition {} {}\n", words.quantifier, test.condition.text);
  text +=
      fmt::format("Observation {} {} {} {}{}\n", verdict.name, word_of(verdict), verdict.positive,
                  verdict.negative, verdict.unknown.empty() ? "" : " (" + verdict.unknown + ")");
  text += fmt::format("Time {} {:.2f}\n", verdict.name, verdict.seconds);
  return text;
}

}  // namespace revenant::litmus
