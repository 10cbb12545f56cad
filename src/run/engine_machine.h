// The engine that a program runs schedules in, as its options choose it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/machine.h"
#include "run/schedule_runner.h"
#include "sim/machine.h"
#include "subjects/subject.h"

namespace revenant {

struct EngineOptions {
  std::string engine = "sim";
  std::vector<std::string> settings{};  // Native: "flavor=NAME"; sim: "memory=sc", weak or alpha.
};

// Throws UserError naming what there is, for an unknown engine or setting.
void check_options(const EngineOptions& options);
// What they say of the sim engine's memory; none is each variant's own. Throws as check_options().
std::optional<kernel::MemoryModel> chosen_memory(const EngineOptions& options);

class EngineMachine {
 public:
  // Throws as check_options().
  explicit EngineMachine(const EngineOptions& options);

  bool is_native() const { return native_.has_value(); }
  // As the options have it; none is each variant's own.
  std::optional<kernel::MemoryModel> memory() const { return memory_; }
  // All three must outlive the runner.
  std::unique_ptr<ScheduleRunner> runner(const Subject& subject, const Variant& variant);

 private:
  std::optional<sim::Machine> sim_;
  std::optional<native::Machine> native_;
  std::optional<kernel::MemoryModel> memory_;  // None is each variant's own.
};

// " --engine native --engine-option=flavor=mb": what repeats the choice on a command line, or
// nothing for the default.
std::string as_arguments(const EngineOptions& options);

}  // namespace revenant
