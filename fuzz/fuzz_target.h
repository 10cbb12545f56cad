// What a fuzz target does beside its three lines: options, feedback, and a report that crash
// trackers can sort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "run/engine_machine.h"
#include "run/explicit_forms.h"
#include "schedule/op_table.h"

namespace revenant {

class FuzzTarget {
 public:
  // Of a subject that there is, in engine "sim" or "native". Reads --variant=NAME,
  // --engine-option=SETTING as `revenant` has it, and --cpus=N from the arguments; exits with
  // status 2 and one line where they are wrong. Gives libFuzzer -entropic=0, unless it is told.
  // With
  // --cpus=N all that the mutators make has N CPUs, and none without ops: what a rate is measured
  // with. Starts no thread.
  FuzzTarget(std::string_view subject, std::string_view engine, int* argc, char*** argv);
  // With --cpus=N, says on stderr what ran.
  ~FuzzTarget();
  FuzzTarget(const FuzzTarget&) = delete;
  FuzzTarget& operator=(const FuzzTarget&) = delete;

  // Runs the schedule that the bytes are, in byte or text form. A finding prints its timeline, then
  // a report with DEDUP_TOKEN and the stack of the guilty CPU, and aborts.
  void run(std::span<const std::uint8_t> input);

  // Mutates in place, by schedule or by byte; returns the new size, at most max_size.
  std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);
  std::size_t cross_over(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                         std::span<std::uint8_t> out, unsigned seed);

 private:
  void run_in_sim(std::span<const std::uint8_t> input);
  void run_in_native(const Schedule& schedule);
  Schedule read(std::span<const std::uint8_t> input) const;
  // The schedule must be normalized.
  std::size_t write(const Schedule& schedule, std::span<std::uint8_t> out) const;
  Schedule mutate(std::span<const std::uint8_t> input, Rng& rng) const;
  // What a mutation starts from.
  Schedule parent(std::span<const std::uint8_t> input) const;
  void fit_cpus(Schedule& schedule, Rng& rng) const;
  void count(const Outcome& outcome);

  // What ran with --cpus=N.
  struct Ran {
    std::uint64_t inputs = 0;
    std::uint64_t of_other_cpus = 0;  // Seeds, and what was cut off.
    std::uint64_t ops = 0;
    std::uint64_t points = 0;
  };

  const Subject& subject_;
  OpTable table_;
  std::size_t cpu_count_ = 0;  // Of all inputs; 0 is any.
  Ran ran_;
  std::optional<EngineMachine> machine_;
  std::unique_ptr<ScheduleRunner> runner_;
  std::optional<ExplicitForms> explicit_forms_;  // In the sim engine.
  std::string how_to_replay_;  // Options of `revenant replay`, and what else can be done.
};

}  // namespace revenant
