// Runs of inputs for a fuzzing engine, and what those decided that showed something new, which it
// keeps: parents of mutations with every op and answer written out. So a change leaves the rest of
// the run in place, where a walk would decide all that follows anew.
//
// Written while an input runs for its engine, never by a run of its own: what a sanitizer finds
// there would be blamed on another input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>

#include "run/schedule_runner.h"
#include "sim/features.h"

namespace revenant {

class ExplicitForms {
 public:
  // The runner must outlive the object.
  explicit ExplicitForms(ScheduleRunner& runner) : runner_(runner) {}

  // Runs the schedule that these bytes are. Of the counters, which the caller clears before, those
  // are judged that no run before had, or not as often. A run with a finding is not remembered, nor
  // one that has more ops or answers than a schedule has room for, nor any more after kCapacity.
  Outcome run(std::span<const std::uint8_t> bytes, const Schedule& schedule,
              sim::FeatureCounters& features);
  // The same schedule, written out if its run is known.
  Schedule of(std::span<const std::uint8_t> bytes, const Schedule& schedule) const;

 private:
  static constexpr std::size_t kCapacity = 16'384;  // Some 16 MB; corpora are smaller.

  bool learned_something(const sim::FeatureCounters& features);

  ScheduleRunner& runner_;
  std::array<std::uint8_t, sim::kFeatureCount> seen_{};  // By counter, the buckets of its values.
  std::unordered_map<std::string, Schedule> known_;
};

}  // namespace revenant
