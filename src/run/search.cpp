#include "run/search.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "schedule/generator.h"
#include "schedule/mutator.h"

namespace revenant {
namespace {

// Entries that are compared for one to be changed. Of kReadSet there are few, and each is a step.
constexpr int kTournament = 8;
constexpr int kReadSetTournament = 3;
// So many runs are of fresh programs before changes begin: until then what was kept is new by
// being early, and to change it finds less. Not where a search is given a corpus.
constexpr std::uint64_t kFreshAtFirst = 256;
constexpr std::uint32_t kSoon = 8;  // Questions from a feature to where another end may begin.

}  // namespace

Search::Search(ScheduleRunner& runner, std::uint64_t seed, SearchPolicy policy)
    : runner_(runner),
      table_(runner.subject().ops),
      rng_(seed),
      policy_(policy),
      seen_(sim::kFeatureCount),
      hits_(sim::kFeatureCount * 8),
      moment_kept_(sim::kFeatureCount * 8) {}

Schedule Search::next_schedule() {
  if (unrun_ < corpus_.size()) return corpus_[unrun_++];
  if (policy_ == SearchPolicy::kRandomWalk) return plain_schedule(table_, rng_);
  if (wants_fresh()) return fresh();
  const Kept& kept = promising();
  const Schedule& schedule = corpus_[kept.entry];
  if (rng_.one_in(8)) return cross_over(schedule, corpus_[promising().entry], rng_);
  if (rng_.one_in(2)) return mutate(schedule, table_, rng_);
  return with_another_end(kept);
}

// Many bugs fall to a fresh program; the rest to a program, or a run, that came near.
bool Search::wants_fresh() {
  const bool is_young = ++planned_ <= kFreshAtFirst && starts_empty_;
  return !has_kept_ || policy_ == SearchPolicy::kFresh || is_young || rng_.one_in(4);
}

Schedule Search::fresh() {
  return runner_.draws_while_it_runs() ? drawn_schedule(rng_) : random_schedule(table_, rng_);
}

Schedule Search::with_another_end(const Kept& kept) {
  Schedule schedule = corpus_[kept.entry];
  schedule.draws = runner_.draws_while_it_runs() && rng_.one_in(2);
  schedule.walk = static_cast<std::uint32_t>(rng_.next());
  // Where threads run at once, no moment is known.
  const bool is_soon = kept.moment != 0 && rng_.one_in(2);
  schedule.walk_from = static_cast<std::uint16_t>(is_soon ? kept.moment + rng_.below(kSoon)
                                                          : rng_.below(1 + kept.steps * 3 / 4));
  return schedule;
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
      const std::uint8_t bit = sim::bucket_bit(static_cast<std::uint8_t>(counters >> shift));
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
    const Schedule schedule = next_schedule();
    Schedule written;  // So that a change leaves the rest of the run in place.
    Outcome outcome =
        runner_.run_and_write(schedule, {.features = &features_, .moments = &moments_}, written);
    ++result.executions;
    result.steps += outcome.steps;
    const bool is_new = learned_something();
    if (outcome.finding && !is_passed_over(outcome.finding->kind)) {
      result.finding = outcome.finding;
      result.schedule = schedule;
      break;
    }
    // Of a program that was drawn and cannot be written out there is nothing to go on from.
    if (!is_new || outcome.finding || written.draws) continue;
    normalize(written);
    if (from_corpus) {
      // Where a change is to leave the rest of the run in place, the ops must be known.
      if (schedule.draws) corpus_[unrun_ - 1] = std::move(written);
    } else {
      corpus_.push_back(std::move(written));
      ++unrun_;
    }
    keep(unrun_ - 1, outcome.steps);
  }
  result.features = feature_count_;
  return result;
}

}  // namespace revenant
