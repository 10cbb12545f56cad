// How many schedules a second the sim engine runs, with nothing around it: no subject, no features,
// no trace; every choice drawn at random. Comparable with what other engines publish.
#include "bench/measure.h"
#include "bench/rig.h"
#include "choice/random_choices.h"
#include "choice/random_walk.h"
#include "sim/fiber.h"

namespace revenant::bench {
namespace {

void run_program(benchmark::State& state, const BenchProgram& program) {
  Rig rig;
  RandomWalk choices(1);
  std::int64_t runs = 0;
  for ([[maybe_unused]] auto turn : state) {
    if (!rig.run(program, choices)) std::abort();  // The programs are correct: their test says so.
    ++runs;
  }
  state.SetItemsProcessed(runs);
}

// Switches back each time it is switched to, until it is told to end.
struct Partner {
  sim::Fiber main;
  bool ends = false;
  sim::Fiber fiber{&answer, this};

  static void answer(void* partner) {
    auto& self = *static_cast<Partner*>(partner);
    while (!self.ends) sim::Fiber::switch_between(self.fiber, self.main);
  }
};

void switch_fibers(benchmark::State& state) {
  const auto partner = std::make_unique<Partner>();
  std::int64_t switches = 0;
  for ([[maybe_unused]] auto turn : state) {
    sim::Fiber::switch_between(partner->main, partner->fiber);
    switches += 2;
  }
  state.SetItemsProcessed(switches);
  partner->ends = true;
  sim::Fiber::switch_between(partner->main, partner->fiber);
}

// The current CPU where it can run, or the next one where `switches`.
class Steady final : public Choices {
 public:
  explicit Steady(bool switches) : steps_(switches ? 1 : 0) {}
  CpuId next_cpu(const RunQuestion& question) override {
    return cyclic_cpu(question.at.cpu, question.runnable, steps_);
  }
  std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }

 private:
  std::uint32_t steps_;
};

constexpr int kPointsPerCpu = 1000;

void pass_points(void* machine, CpuId /*cpu*/) {
  for (int i = 0; i < kPointsPerCpu; ++i) {
    static_cast<sim::Machine*>(machine)->point(Site::current());
  }
}

void run_points(benchmark::State& state, std::uint32_t cpu_count, bool switches) {
  sim::Machine machine;
  Steady choices(switches);
  std::int64_t points = 0;
  for ([[maybe_unused]] auto turn : state) {
    machine.begin(choices, {});
    machine.run(cpu_count, {.context = &machine, .run = &pass_points});
    points += machine.step();
  }
  state.SetItemsProcessed(points);
}

}  // namespace

void add_engine_benchmarks(std::vector<Benchmark>& list) {
  for (const BenchProgram& program : bench_programs()) {
    list.push_back({"engine/" + std::string(program.name), Unit::kSchedulesPerSecond,
                    [&program](benchmark::State& state) { run_program(state, program); }});
  }
  list.push_back({"step/fiber_switch", Unit::kNanoseconds, &switch_fibers});
  const auto add_points = [&](const char* name, std::uint32_t cpu_count, bool switches) {
    list.push_back({name, Unit::kNanoseconds, [cpu_count, switches](benchmark::State& state) {
                      run_points(state, cpu_count, switches);
                    }});
  };
  add_points("step/point_alone", 1, false);
  add_points("step/point_asked", 2, false);
  add_points("step/point_switched", 2, true);
}

}  // namespace revenant::bench
