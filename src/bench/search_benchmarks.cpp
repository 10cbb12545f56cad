// What a search spends an execution on, of a subject's clean variant: making a schedule, its forms,
// and running it.
#include "bench/measure.h"
#include "run/runner.h"
#include "run/search.h"
#include "schedule/byte_codec.h"
#include "schedule/generator.h"
#include "schedule/mutator.h"

namespace revenant::bench {
namespace {

// Schedules of 3 CPUs x up to 8 ops.
std::vector<Schedule> some_schedules(const OpTable& table) {
  constexpr std::size_t kCount = 256;
  std::vector<Schedule> schedules;
  Rng rng(1);
  while (schedules.size() < kCount) {
    Schedule schedule = random_schedule(table, rng);
    if (schedule.cpus.size() == 3) schedules.push_back(schedule);
  }
  return schedules;
}

void generate_schedules(benchmark::State& state, const Subject& subject) {
  const OpTable table(subject.ops);
  Rng rng(1);
  for ([[maybe_unused]] auto turn : state) benchmark::DoNotOptimize(random_schedule(table, rng));
  state.SetItemsProcessed(state.iterations());
}

void mutate_schedules(benchmark::State& state, const Subject& subject) {
  const OpTable table(subject.ops);
  const std::vector<Schedule> schedules = some_schedules(table);
  Rng rng(1);
  std::size_t next = 0;
  for ([[maybe_unused]] auto turn : state) {
    benchmark::DoNotOptimize(mutate(schedules[next++ % schedules.size()], table, rng));
  }
  state.SetItemsProcessed(state.iterations());
}

void decode_schedules(benchmark::State& state, const Subject& subject) {
  const OpTable table(subject.ops);
  std::vector<std::vector<std::uint8_t>> bytes;
  for (const Schedule& schedule : some_schedules(table)) bytes.push_back(encode(schedule, table));
  std::size_t next = 0;
  for ([[maybe_unused]] auto turn : state) {
    benchmark::DoNotOptimize(decode(bytes[next++ % bytes.size()], table));
  }
  state.SetItemsProcessed(state.iterations());
}

void run_schedules(benchmark::State& state, const Subject& subject, bool has_features) {
  sim::Machine machine;
  Runner runner(machine, subject, subject.variants.front());
  const std::vector<Schedule> schedules = some_schedules(OpTable(subject.ops));
  sim::FeatureCounters features{};
  const sim::Observers observers{.features = has_features ? &features : nullptr};
  std::size_t next = 0;
  for ([[maybe_unused]] auto turn : state) {
    benchmark::DoNotOptimize(runner.run(schedules[next++ % schedules.size()], observers));
  }
  state.SetItemsProcessed(state.iterations());
}

void search(benchmark::State& state, const Subject& subject) {
  constexpr std::uint64_t kExecutions = 256;
  sim::Machine machine;
  Runner runner(machine, subject, subject.variants.front());
  Search search(runner, 1);
  std::int64_t executions = 0;
  for ([[maybe_unused]] auto turn : state) {
    executions += static_cast<std::int64_t>(search.run({.executions = kExecutions}).executions);
  }
  state.SetItemsProcessed(executions);
}

}  // namespace

void add_search_benchmarks(std::vector<Benchmark>& list, const Subject& subject) {
  const auto add = [&](const char* name, Unit unit, auto run) {
    list.push_back({std::string(name) + "/" + std::string(subject.name), unit,
                    [&subject, run](benchmark::State& state) { run(state, subject); }});
  };
  add("schedule/generate", Unit::kNanoseconds, &generate_schedules);
  add("schedule/mutate", Unit::kNanoseconds, &mutate_schedules);
  add("schedule/decode", Unit::kNanoseconds, &decode_schedules);
  add("run/bare", Unit::kExecutionsPerSecond,
      [](benchmark::State& state, const Subject& s) { run_schedules(state, s, false); });
  add("run/with_features", Unit::kExecutionsPerSecond,
      [](benchmark::State& state, const Subject& s) { run_schedules(state, s, true); });
  add("run/search", Unit::kExecutionsPerSecond, &search);
}

}  // namespace revenant::bench
