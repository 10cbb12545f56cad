// A seeded search for a finding: fresh schedules, and changes to those that showed something new.
// What it runs next is up to its policy.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "run/schedule_runner.h"
#include "run/search_policy.h"
#include "schedule/op_table.h"

namespace revenant {

struct SearchLimits {
  std::uint64_t executions = 0;  // 0 is without bound.
  std::optional<std::chrono::seconds>
      seconds{};  // Where set, how far a search gets is up to the clock.
};

struct SearchResult {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  std::uint64_t features = 0;      // Distinct ones seen.
  std::optional<Finding> finding;  // The first; the search ends with it.
  Schedule schedule;               // The one that found it.
  bool interrupted = false;
};

struct SearchProgress {
  std::uint64_t executions = 0;
  std::uint64_t features = 0;
  std::size_t corpus = 0;
};

class Search {
 public:
  Search(ScheduleRunner& runner, std::uint64_t seed, SearchPolicy policy = SearchPolicy::kDefault);

  // Schedules to run first and to change later.
  void add_to_corpus(const Schedule& schedule) {
    corpus_.push_back(schedule);
    starts_empty_ = false;
  }
  const std::vector<Schedule>& corpus() const { return corpus_; }

  // Finding kinds to note and pass over; the search ends with any other. Must outlive the search.
  void pass_over(std::span<const FindingKind> kinds) { passed_over_ = kinds; }

  // The same build, seed, corpus and limit of executions give the same result. `keep_going` is
  // asked first, and then after every kAskEvery executions; false ends the search as interrupted.
  static constexpr std::uint64_t kAskEvery = 1024;
  SearchResult run(const SearchLimits& limits,
                   const std::function<bool(const SearchProgress&)>& keep_going = {});

 private:
  // An entry of the corpus that showed something new.
  struct Kept {
    std::size_t entry = 0;
    std::size_t feature = 0;  // In a bucket of its counter: what it had first, or sooner.
    std::uint32_t steps = 0;
    std::uint16_t moment = 0;  // Of the feature, in questions of the run.
  };

  Schedule next_schedule();
  bool wants_fresh();
  Schedule fresh();
  Schedule with_another_end(const Kept& kept);
  // One that has kept something, each as often as any other.
  const std::vector<Kept>& any_family();
  // Of a few of one family the one that was kept for what the fewest runs had since: after FairFuzz
  // (Lemieux and Sen, ASE 2018), which changes inputs that reach rare branches. Half are of
  // kReadSet: what takes many ops comes nearer there and nowhere else.
  const Kept& promising();
  void keep(std::size_t entry, std::uint32_t steps);
  // Whether the last run had a feature that none had, or one of kReadSet clearly sooner than what
  // was kept for it: then more of the run is left to go on from there. As libFuzzer takes the
  // smaller input.
  bool learned_something();
  bool comes_sooner(std::size_t feature) const;
  bool is_passed_over(FindingKind kind) const;

  ScheduleRunner& runner_;
  OpTable table_;
  Rng rng_;
  SearchPolicy policy_;
  std::uint64_t planned_ = 0;
  bool starts_empty_ = true;
  std::vector<Schedule> corpus_;
  std::array<std::vector<Kept>, sim::kFeatureFamilies> kept_;  // By family of their features.
  bool has_kept_ = false;
  std::size_t unrun_ = 0;  // Index of the first corpus entry that was not run yet.
  sim::FeatureCounters features_{};
  sim::FeatureMoments moments_{};
  std::vector<std::uint8_t> seen_;   // Per feature, the buckets of its counter that were seen.
  std::vector<std::uint64_t> hits_;  // Per feature and bucket, the runs that had it.
  std::vector<std::uint16_t> moment_kept_;  // Per feature and bucket, of what was kept for it.
  std::size_t learned_ = 0;
  std::uint64_t feature_count_ = 0;
  std::span<const FindingKind> passed_over_;
};

}  // namespace revenant
