#include "run/native_runner.h"

#include <array>
#include <optional>

#include "base/rng.h"
#include "choice/random_pauses.h"
#include "schedule/program_drawer.h"
#include "schedule/schedule_choices.h"

namespace revenant {
namespace {

// The answers of one CPU, asked by its thread alone.
struct CpuChoices {
  void set_up(const Schedule& schedule, std::uint32_t cpu) {
    if (!schedule.walk) {
      choices.emplace(schedule);
      return;
    }
    choices.emplace(schedule, pauses.emplace(mix64(*schedule.walk + (std::uint64_t{cpu} << 32))));
  }

  std::optional<RandomPauses> pauses;
  std::optional<ScheduleChoices> choices;
};

}  // namespace

NativeRunner::NativeRunner(native::Machine& machine, const Subject& subject, const Variant& variant)
    : ScheduleRunner(subject, variant), machine_(machine), table_(subject.ops) {}

Outcome NativeRunner::run_schedule(const Schedule& schedule, const sim::Observers& observers) {
  std::array<CpuChoices, sim::kMaxFibers> choices;
  native::ChoicesByCpu by_cpu{};
  for (std::uint32_t i = 0; i < sim::kMaxFibers; ++i) {
    choices[i].set_up(schedule, i);
    by_cpu[i] = &*choices[i].choices;
  }
  machine_.begin(by_cpu, observers);
  begin_world(drawn_ahead(table_, schedule));
  const auto start =
      schedule.walk && schedule.walk_from == 0 ? native::Start::kTogether : native::Start::kInTurn;
  machine_.run(static_cast<std::uint32_t>(schedule.cpus.size()), ops(),
               {.start = start, .last = tear_down()});
  machine_.end();
  return {.finding = machine_.finding(), .steps = machine_.points_passed()};
}

Outcome NativeRunner::run_and_write_schedule(const Schedule& schedule,
                                             const sim::Observers& observers, Schedule& written) {
  written = schedule;
  Outcome outcome = run_schedule(schedule, observers);
  written.cpus = program();
  written.draws = false;
  return outcome;
}

}  // namespace revenant
