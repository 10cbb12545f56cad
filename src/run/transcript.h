// Everything that a run did, as text: what tests of determinism compare.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "run/runner.h"

namespace revenant {

// Step, CPU and description of every event, then the outcome.
std::string transcript_of(const sim::Trace& trace, const Outcome& outcome,
                          const sim::MemoryMap& memory);

// TSan remembers four accesses to a word, and which four is up to it: of two equal runs the one may
// end with a race that the other does not show.
bool is_same_up_to_a_race(const std::string& a, const std::string& b);

// Runs schedules one after the other on one machine.
class Transcriber {
 public:
  Outcome run(const Subject& subject, const Variant& variant, const Schedule& schedule) {
    Runner runner(*machine_, subject, variant);
    Outcome outcome = runner.run(schedule, {.trace = &trace_});
    text_ = transcript_of(trace_, outcome, runner.memory());
    return outcome;
  }

  std::string transcript(const Subject& subject, const Variant& variant, const Schedule& schedule) {
    run(subject, variant, schedule);
    return text_;
  }

  // Of the last run.
  const std::string& text() const { return text_; }
  sim::Machine& machine() { return *machine_; }
  // Makes the next run the first of its machine.
  void renew_machine() { machine_ = std::make_unique<sim::Machine>(); }

 private:
  std::unique_ptr<sim::Machine> machine_ = std::make_unique<sim::Machine>();
  sim::Trace trace_;
  std::string text_;
};

}  // namespace revenant
