// What a report is made of: a run that was recorded, and what it ran.
#pragma once

#include <optional>
#include <span>

#include "run/schedule_runner.h"
#include "schedule/schedule.h"
#include "sim/trace.h"

namespace revenant {

// All must outlive the report's making, and no other run may have begun on the machine, whose
// memory map names the objects.
struct ReportInput {
  const Subject& subject;
  const Variant& variant;
  const Schedule& schedule;
  const OpsByCpu& program;  // As they ran: ScheduleRunner::program().
  std::span<const sim::Event> events;
  const sim::MemoryMap& memory;
  const std::optional<Finding>& finding;
  kernel::MemoryModel memory_model = kernel::MemoryModel::kSc;
};

// "CPU 1", "RCU callbacks".
std::string cpu_name(CpuId cpu);

// "lock page0"; "tear down", "callback", or "end" where the CPU has no more ops.
std::string op_text(const ReportInput& input, const Anchor& at);

// "rmap.cpp:76"; empty where the place is unknown.
std::string source_of(const Site& site);

}  // namespace revenant
