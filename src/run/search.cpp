#include "run/search.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "schedule/generator.h"
#include "schedule/mutator.h"
#include "schedule/program_drawer.h"

namespace revenant {
namespace {

// Entries that are compared for one to be changed. Of kReadSet there are few, and each is a step.
constexpr int kTournament = 8;
constexpr int kReadSetTournament = 3;
// So many runs are of fresh programs before changes begin: until then what was kept is new by
// being early, and to change it finds less. Not where a search is given a corpus.
constexpr std::uint64_t kFreshAtFirst = 256;
constexpr std::uint32_t kSoon = 8;  // Questions from a feature to where another end may begin.

// 1, 2, 3, 4-7, 8-15, ...: as libFuzzer has them, each a feature of its own.
std::uint8_t bucket_bit(std::uint8_t count) {
  if (count <= 3) return static_cast<std::uint8_t>(1U << (count - 1));
  const int width = std::bit_width(static_cast<unsigned>(count));  // 3 to 8
  return static_cast<std::uint8_t>(1U << std::min(width, 7));
}

}  // namespace

Search::Search(ScheduleRunner& runner, std::uint64_t seed, SearchPolicy policy)
    : runner_(runner),
      table_(runner.subject().ops),
      rng_(seed),
      policy_(policy),
      seen_(sim::kFeatureCount),
      hits_(sim::kFeatureCount * 8),
      moment_kept_(sim::kFeatureCount * 8),
      draws_programs_(runner.draws_programs()) {}

Search::Plan Search::next_plan() {
  if (unrun_ < corpus_.size()) return {.schedule = corpus_[unrun_++]};
  if (policy_ == SearchPolicy::kRandomWalk) return {.schedule = plain_schedule(table_, rng_)};
  if (wants_fresh()) return fresh();
  const Kept& kept = promising();
  const Schedule& schedule = corpus_[kept.entry];
  if (rng_.one_in(8)) return {.schedule = cross_over(schedule, corpus_[promising().entry], rng_)};
  if (rng_.one_in(2)) return {.schedule = mutate(schedule, table_, rng_)};
  return with_another_end(kept);
}

// Many bugs fall to a fresh program; the rest to a program, or a run, that came near.
bool Search::wants_fresh() {
  const bool is_young = ++planned_ <= kFreshAtFirst && starts_empty_;
  return !has_kept_ || policy_ == SearchPolicy::kFresh || is_young || rng_.one_in(4);
}

Search::Plan Search::fresh() {
  if (!draws_programs_) return {.schedule = random_schedule(table_, rng_)};
  // The more CPUs, the more there is to be in the way of one that stands still.
  Plan plan{.schedule = {}, .draws_program = true};
  plan.schedule.cpus.resize(kMaxScheduleCpus - rng_.below(2));
  plan.schedule.walk = static_cast<std::uint32_t>(rng_.next());
  return plan;
}

Search::Plan Search::with_another_end(const Kept& kept) {
  Plan plan{.schedule = corpus_[kept.entry], .draws_program = draws_programs_ && rng_.one_in(2)};
  plan.schedule.walk = static_cast<std::uint32_t>(rng_.next());
  // Where threads run at once, no moment is known.
  const bool is_soon = kept.moment != 0 && rng_.one_in(2);
  plan.schedule.walk_from = static_cast<std::uint16_t>(
      is_soon ? kept.moment + rng_.below(kSoon) : rng_.below(1 + kept.steps * 3 / 4));
  return plan;
}

Outcome Search::execute(const Plan& plan, std::optional<Schedule>& written) {
  const sim::Observers observers{.features = &features_, .moments = &moments_};
  if (!plan.draws_program) {
    return runner_.run_and_write(plan.schedule, observers, written.emplace());
  }
  ProgramDrawer drawer(table_, plan.schedule, rng_);
  return runner_.run_and_draw(plan.schedule, drawer, observers, written);
}

// Comes again, unless a sanitizer saw it, or an op that was passed over for leaving no trace had an
// effect after all.
std::optional<Finding> Search::again(const Finding& finding,
                                     const std::optional<Schedule>& written) {
  if (!written) return std::nullopt;
  Outcome outcome = runner_.run(*written);
  if (outcome.finding && outcome.finding->kind == finding.kind) return outcome.finding;
  if (may_be_seen_once(finding.kind)) return finding;
  return std::nullopt;
}

const std::vector<Search::Kept>& Search::any_family() {
  while (true) {
    const std::vector<Kept>& family = kept_[rng_.below(sim::kFeatureFamilies)];
    if (!family.empty()) return family;
  }
}

const Search::Kept& Search::promising() {
  const std::vector<Kept>* family = &kept_[static_cast<std::size_t>(sim::Feature::kReadSet)];
  int tournament = kReadSetTournament;
  if (family->empty() || rng_.one_in(2)) {
    family = &any_family();
    tournament = kTournament;
  }
  const auto any = [&]() -> const Kept& {
    return (*family)[rng_.below(static_cast<std::uint32_t>(family->size()))];
  };
  const Kept* best = &any();
  for (int i = 1; i < tournament; ++i) {
    const Kept& other = any();
    if (hits_[other.feature] < hits_[best->feature]) best = &other;
  }
  return *best;
}

void Search::keep(std::size_t entry, std::uint32_t steps) {
  std::vector<Kept>& family = kept_[sim::family_of(learned_ / 8)];
  const Kept kept{
      .entry = entry, .feature = learned_, .steps = steps, .moment = moments_[learned_ / 8]};
  const auto known = std::ranges::find(family, learned_, &Kept::feature);
  if (known != family.end()) {
    *known = kept;
  } else {
    family.push_back(kept);
  }
  moment_kept_[learned_] = kept.moment;
  has_kept_ = true;
}

bool Search::comes_sooner(std::size_t feature) const {
  const std::size_t counter = feature / 8;
  return sim::family_of(counter) == static_cast<std::size_t>(sim::Feature::kReadSet) &&
         moments_[counter] + moments_[counter] / 8 < moment_kept_[feature];
}

bool Search::learned_something() {
  bool is_new = false;
  std::optional<std::size_t> sooner;
  // Most counters are zero, and are passed over a word at a time.
  static_assert(std::endian::native == std::endian::little);
  for (std::size_t word = 0; word < features_.size(); word += sizeof(std::uint64_t)) {
    std::uint64_t counters = 0;
    std::memcpy(&counters, &features_[word], sizeof counters);
    while (counters != 0) {
      const int shift = std::countr_zero(counters) / 8 * 8;
      const std::uint8_t bit = bucket_bit(static_cast<std::uint8_t>(counters >> shift));
      counters &= ~(std::uint64_t{0xff} << shift);
      const std::size_t i = word + static_cast<std::size_t>(shift / 8);
      const std::size_t feature = i * 8 + static_cast<std::size_t>(std::countr_zero(bit));
      ++hits_[feature];
      if ((seen_[i] & bit) != 0) {
        if (!is_new && comes_sooner(feature)) sooner = feature;
        continue;
      }
      seen_[i] |= bit;
      ++feature_count_;
      is_new = true;
      learned_ = feature;
    }
  }
  features_.fill(0);
  if (!is_new && sooner) learned_ = *sooner;
  return is_new || sooner;
}

bool Search::is_passed_over(FindingKind kind) const {
  return std::ranges::find(passed_over_, kind) != passed_over_.end();
}

SearchResult Search::run(const SearchLimits& limits,
                         const std::function<bool(const SearchProgress&)>& keep_going) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  SearchResult result;
  while (limits.executions == 0 || result.executions < limits.executions) {
    if (result.executions % kAskEvery == 0) {
      if (limits.seconds && Clock::now() - start >= *limits.seconds) break;
      if (keep_going && !keep_going({result.executions, feature_count_, corpus_.size()})) {
        result.interrupted = true;
        break;
      }
    }
    const bool from_corpus = unrun_ < corpus_.size();
    const Plan plan = next_plan();
    std::optional<Schedule> written;  // So that a change leaves the rest of the run in place.
    Outcome outcome = execute(plan, written);
    ++result.executions;
    result.steps += outcome.steps;
    const bool is_new = learned_something();
    if (written && (is_new || outcome.finding)) normalize(*written);
    if (outcome.finding && !is_passed_over(outcome.finding->kind)) {
      result.finding = plan.draws_program ? again(*outcome.finding, written) : outcome.finding;
      if (result.finding) {
        result.schedule = plan.draws_program ? *written : plan.schedule;
        break;
      }
      // It will be met again: in a run whose answers fit into a schedule, or else with no op passed
      // over from now on.
      if (written) draws_programs_ = false;
    }
    if (!is_new || outcome.finding || !written) continue;
    if (!from_corpus) {
      corpus_.push_back(std::move(*written));
      ++unrun_;
    }
    keep(unrun_ - 1, outcome.steps);
  }
  result.features = feature_count_;
  return result;
}

}  // namespace revenant
