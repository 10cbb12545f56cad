// For tests of this layer: a judge whose runs are as simple as can be. Each op has three points, at
// which any CPU may run that has not ended, and fails where a predicate of the test's says so.
#pragma once

#include <functional>
#include <utility>

#include "minimize/judge.h"
#include "schedule/op_table.h"
#include "schedule/schedule_choices.h"

namespace revenant {

inline constexpr Argument kToyPage[] = {{.name = "page", .count = 4}};
inline constexpr OpSpec kToyOps[] = {
    {.name = "idle", .summary = "", .arguments = {}},
    {.name = "alloc", .summary = "", .arguments = kToyPage},
    {.name = "free", .summary = "", .arguments = kToyPage},
    {.name = "use", .summary = "", .arguments = kToyPage},
};
enum ToyOp : std::uint8_t { kIdle, kAlloc, kFree, kUse };
inline constexpr std::uint16_t kToyPoints = 3;

struct ToyStep {
  OpCall call;
  std::uint16_t point = 0;
};

struct ToyRun {
  std::vector<ToyStep> steps;  // In the order they were made.
  Questions questions;
};

inline ToyRun toy_run(const Schedule& schedule) {
  ToyRun run;
  ScheduleChoices choices(schedule);
  std::vector<Anchor> here(schedule.cpus.size());
  CpuId cpu{};
  for (;;) {
    CpuMask runnable = 0;
    for (std::uint8_t i = 0; i < here.size(); ++i) {
      here[i].cpu = CpuId{i};
      if (here[i].op < schedule.cpus[i].size()) runnable |= mask_of(CpuId{i});
    }
    if (runnable == 0) return run;
    const RunQuestion question{.at = here[index_of(cpu)], .runnable = runnable};
    if ((runnable & (runnable - 1)) != 0) {
      run.questions.push_back(question);
      cpu = choices.next_cpu(question);
    } else {
      cpu = default_cpu(cpu, runnable);
    }
    Anchor& at = here[index_of(cpu)];
    run.steps.push_back({schedule.cpus[index_of(cpu)][at.op], at.point});
    if (++at.point < kToyPoints) continue;
    at.point = 0;
    ++at.op;
  }
}

class ToyJudge final : public Judge {
 public:
  using Fails = std::function<bool(const Schedule&)>;
  explicit ToyJudge(Fails fails) : fails_(std::move(fails)) {}

  std::optional<std::size_t> first_failing(std::span<const Schedule> candidates) override {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      ++executions;
      if (fails_(candidates[i])) return i;
    }
    return std::nullopt;
  }

  std::vector<Questions> questions(std::span<const Schedule> candidates) override {
    std::vector<Questions> all;
    for (const Schedule& candidate : candidates) all.push_back(toy_run(candidate).questions);
    executions += candidates.size();
    return all;
  }

  std::uint64_t executions = 0;

 private:
  Fails fails_;
};

// While a use of a page is between its first point and its last, the page is freed and allocated by
// others, in this order: the smallest race that this layer's tests know.
inline bool is_recycled_in_use(const Schedule& schedule) {
  const std::vector<ToyStep> steps = toy_run(schedule).steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].call.op != kUse || steps[i].point != 0) continue;
    int phase = 0;
    for (std::size_t j = i + 1; j < steps.size(); ++j) {
      const OpCall& call = steps[j].call;
      if (call.arguments != steps[i].call.arguments) continue;
      if (call.op == kUse && steps[j].point > 0) break;
      if (call.op == kFree && steps[j].point == 2) phase = 1;
      if (call.op == kAlloc && steps[j].point == 0 && phase == 1) return true;
    }
  }
  return false;
}

}  // namespace revenant
