#include "run/search.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "schedule/generator.h"
#include "schedule/mutator.h"

namespace revenant {
namespace {

constexpr int kTournament = 8;             // Entries that are compared for one to be changed.
constexpr std::uint64_t kAskEvery = 1024;  // Executions between two looks at the clock.

// 1, 2, 3, 4-7, 8-15, ...: as libFuzzer has them, each a feature of its own.
std::uint8_t bucket_bit(std::uint8_t count) {
  if (count <= 3) return static_cast<std::uint8_t>(1U << (count - 1));
  const int width = std::bit_width(static_cast<unsigned>(count));  // 3 to 8
  return static_cast<std::uint8_t>(1U << std::min(width, 7));
}

}  // namespace

Search::Search(ScheduleRunner& runner, std::uint64_t seed)
    : runner_(runner),
      table_(runner.subject().ops),
      rng_(seed),
      seen_(sim::kFeatureCount),
      hits_(sim::kFeatureCount * 8) {}

Schedule Search::next_schedule() {
  if (unrun_ < corpus_.size()) return corpus_[unrun_++];
  // Many bugs fall to a fresh program; the rest to a program, or a run, that came near.
  if (!has_kept_ || rng_.one_in(4)) return random_schedule(table_, rng_);
  const Kept& kept = promising();
  const Schedule& schedule = corpus_[kept.entry];
  if (rng_.one_in(8)) return cross_over(schedule, corpus_[promising().entry], rng_);
  if (rng_.one_in(2)) return mutate(schedule, table_, rng_);
  return with_another_end(kept);
}

Schedule Search::with_another_end(const Kept& kept) {
  Schedule rerun = corpus_[kept.entry];
  rerun.walk = static_cast<std::uint32_t>(rng_.next());
  rerun.walk_from = static_cast<std::uint16_t>(rng_.below(1 + kept.steps * 3 / 4));
  return rerun;
}

const Search::Kept& Search::promising() {
  const std::vector<Kept>* family = nullptr;
  do {
    family = &kept_[rng_.below(sim::kFeatureFamilies)];
  } while (family->empty());
  const auto any = [&]() -> const Kept& {
    return (*family)[rng_.below(static_cast<std::uint32_t>(family->size()))];
  };
  const Kept* best = &any();
  for (int i = 1; i < kTournament; ++i) {
    const Kept& other = any();
    if (hits_[other.feature] < hits_[best->feature]) best = &other;
  }
  return *best;
}

void Search::keep(std::size_t entry, std::uint32_t steps) {
  kept_[sim::family_of(learned_ / 8)].push_back(
      {.entry = entry, .feature = learned_, .steps = steps});
  has_kept_ = true;
}

bool Search::learned_something() {
  bool is_new = false;
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
      if ((seen_[i] & bit) != 0) continue;
      seen_[i] |= bit;
      ++feature_count_;
      is_new = true;
      learned_ = feature;
    }
  }
  features_.fill(0);
  return is_new;
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
    Schedule written;  // So that a change somewhere leaves the rest of the run in place.
    Outcome outcome = runner_.run_and_write(schedule, {.features = &features_}, written);
    ++result.executions;
    result.steps += outcome.steps;
    const bool is_new = learned_something();
    if (outcome.finding && !is_passed_over(outcome.finding->kind)) {
      result.finding = std::move(outcome.finding);
      result.schedule = schedule;
      break;
    }
    if (!is_new || outcome.finding) continue;
    if (!from_corpus) {
      normalize(written);
      corpus_.push_back(std::move(written));
      ++unrun_;
    }
    keep(unrun_ - 1, outcome.steps);
  }
  result.features = feature_count_;
  return result;
}

}  // namespace revenant
