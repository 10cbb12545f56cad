// How the cost of a step, or of an execution, grows with the size of things. Up to four CPUs, which
// is what the machine has; programs longer than a schedule's run on the machine itself.
#include <array>

#include "bench/measure.h"
#include "bench/rig.h"
#include "choice/random_walk.h"
#include "kernel/atomic.h"
#include "kernel/compiler.h"
#include "kernel/engine.h"
#include "kernel/kmem_cache.h"
#include "run/runner.h"
#include "run/search.h"
#include "schedule/generator.h"

namespace revenant::bench {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace): the language of what is measured.

constexpr std::size_t kMaxObjects = 256;

struct Item {
  atomic_t uses;
  int value;
};

// CPU 0 makes the objects, alone. Then each CPU uses one object after the other, `op_count` times:
// four steps an op.
struct Program {
  std::uint32_t cpu_count = 2;
  std::uint32_t op_count = 8;
  std::uint32_t object_count = 1;
  kmem_cache* cache = nullptr;
  std::array<Item*, kMaxObjects> objects{};

  static void make_objects(void* context, CpuId /*cpu*/) {
    auto& self = *static_cast<Program*>(context);
    for (std::uint32_t i = 0; i < self.object_count; ++i) {
      self.objects[i] = static_cast<Item*>(kmem_cache_alloc(self.cache, GFP_KERNEL));
      atomic_set(&self.objects[i]->uses, 0);
      WRITE_ONCE(self.objects[i]->value, 0);
    }
  }

  static void use_objects(void* context, CpuId cpu) {
    auto& self = *static_cast<Program*>(context);
    for (std::uint32_t op = 0; op < self.op_count; ++op) {
      kernel::running().begin_op(static_cast<std::uint16_t>(op));
      Item* const item = self.objects[(op * 7 + index_of(cpu)) % self.object_count];
      atomic_inc(&item->uses);
      WRITE_ONCE(item->value, READ_ONCE(item->value) + 1);
    }
  }
};

void run_program(benchmark::State& state, Program program) {
  Rig rig;
  RandomWalk choices(1);
  std::int64_t steps = 0;
  for ([[maybe_unused]] auto turn : state) {
    rig.begin(choices);
    program.cache = kmem_cache_create("item", sizeof(Item), {}, SLAB_TYPESAFE_BY_RCU);
    sim::Machine& machine = rig.machine();
    if (!machine.run(1, {.context = &program, .run = &Program::make_objects}) ||
        !machine.run(program.cpu_count, {.context = &program, .run = &Program::use_objects})) {
      std::abort();
    }
    steps += machine.step();
  }
  state.SetItemsProcessed(steps);
}

void add_program(std::vector<Benchmark>& list, const std::string& name, const Program& program) {
  list.push_back({"growth/" + name, Unit::kNanoseconds,
                  [program](benchmark::State& state) { run_program(state, program); }});
}

// Executions of a search that has a corpus of so many schedules already.
void search_with_corpus(benchmark::State& state, const Subject& subject, std::uint32_t size) {
  constexpr std::uint64_t kExecutions = 256;
  sim::Machine machine;
  Runner runner(machine, subject, subject.variants.front());
  Search search(runner, 1);
  const OpTable table(subject.ops);
  Rng rng(1);
  for (std::uint32_t i = 0; i < size; ++i) search.add_to_corpus(random_schedule(table, rng));
  search.run({.executions = size});
  std::int64_t executions = 0;
  for ([[maybe_unused]] auto turn : state) {
    executions += static_cast<std::int64_t>(search.run({.executions = kExecutions}).executions);
  }
  state.SetItemsProcessed(executions);
}

}  // namespace

void add_growth_benchmarks(std::vector<Benchmark>& list, const Subject& subject) {
  for (std::uint32_t cpus = 2; cpus <= sim::kMaxCpus; ++cpus) {
    add_program(list, "step_by_cpus/" + std::to_string(cpus), {.cpu_count = cpus});
  }
  for (const std::uint32_t ops : {4U, 8U, 16U, 32U, 64U}) {
    add_program(list, "step_by_ops/" + std::to_string(ops), {.op_count = ops});
  }
  for (const std::uint32_t objects : {4U, 16U, 64U, 256U}) {
    add_program(list, "step_by_objects/" + std::to_string(objects),
                {.op_count = 64, .object_count = objects});
  }
  for (const std::uint32_t size : {10U, 100U, 1000U, 10'000U}) {
    list.push_back(
        {"growth/execution_by_corpus/" + std::to_string(size), Unit::kNanoseconds,
         [&subject, size](benchmark::State& state) { search_with_corpus(state, subject, size); }});
  }
}

}  // namespace revenant::bench
