// What a fuzz target does beside its three lines: options, feedback, and a report that crash
// trackers can sort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "native/machine.h"
#include "run/schedule_runner.h"
#include "schedule/op_table.h"

namespace revenant {

class FuzzTarget {
 public:
  enum class Engine : std::uint8_t { kSim, kNative };

  // Reads --variant=NAME from the arguments, and for the native engine
  // --engine-option=flavor=NAME; exits with status 2 and one line for an unknown subject, variant
  // or option. Starts no thread.
  FuzzTarget(std::string_view subject, Engine engine, int* argc, char*** argv);

  // Runs the schedule that the bytes are, in byte or text form. A finding prints its timeline, then
  // a report with DEDUP_TOKEN and the stack of the guilty CPU, and aborts.
  void run(std::span<const std::uint8_t> input);

  // Mutates in place, by schedule or by byte; returns the new size, at most max_size.
  std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);
  std::size_t cross_over(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                         std::span<std::uint8_t> out, unsigned seed);

 private:
  void run_in_sim(const Schedule& schedule);
  void run_in_native(const Schedule& schedule);
  Schedule read(std::span<const std::uint8_t> input) const;
  std::size_t write(const Schedule& schedule, std::span<std::uint8_t> out) const;

  const Subject& subject_;
  const Variant& variant_;
  OpTable table_;
  std::optional<sim::Machine> sim_;
  std::optional<native::Machine> native_;
  std::unique_ptr<ScheduleRunner> runner_;
};

}  // namespace revenant
