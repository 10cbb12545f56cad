// What each kernel primitive costs on a CPU that is alone, its scheduling point included.
#include <array>

#include "bench/measure.h"
#include "bench/rig.h"
#include "choice/random_walk.h"
#include "kernel/atomic.h"
#include "kernel/kmem_cache.h"
#include "kernel/mutex.h"
#include "kernel/rcupdate.h"
#include "kernel/spinlock.h"

namespace revenant::bench {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace): the language of what is measured.

struct World {
  int word = 0;
  int* pointer = nullptr;
  atomic_t count{};
  mutex lock{};
  kmem_cache* cache = nullptr;
};

struct Primitive {
  const char* name;
  void (*once)(World& world);
};

void alloc_and_free(World& world) {
  kmem_cache_free(world.cache, kmem_cache_alloc(world.cache, GFP_KERNEL));
}

constexpr std::array<Primitive, 11> kPrimitives{{
    {"read_once", [](World& w) { benchmark::DoNotOptimize(READ_ONCE(w.word)); }},
    {"write_once", [](World& w) { WRITE_ONCE(w.word, 1); }},
    {"rcu_dereference", [](World& w) { benchmark::DoNotOptimize(rcu_dereference(w.pointer)); }},
    {"rcu_assign_pointer", [](World& w) { rcu_assign_pointer(w.pointer, &w.word); }},
    {"atomic_inc", [](World& w) { atomic_inc(&w.count); }},
    {"atomic_inc_return", [](World& w) { atomic_inc_return(&w.count); }},
    {"cmpxchg", [](World& w) { benchmark::DoNotOptimize(cmpxchg(&w.word, 0, 0)); }},
    {"smp_mb", [](World&) { smp_mb(); }},
    {"mutex_lock_unlock",
     [](World& w) {
       mutex_lock(&w.lock);
       mutex_unlock(&w.lock);
     }},
    {"rcu_read_lock_unlock",
     [](World&) {
       rcu_read_lock();
       rcu_read_unlock();
     }},
    {"slab_alloc_free", &alloc_and_free},
}};

constexpr int kTimesPerRun = 200;

struct Repeated {
  World world;
  void (*once)(World& world) = nullptr;

  static void run(void* context, CpuId /*cpu*/) {
    auto& self = *static_cast<Repeated*>(context);
    for (int i = 0; i < kTimesPerRun; ++i) self.once(self.world);
  }
};

void run_primitive(benchmark::State& state, const Primitive& primitive) {
  Rig rig;
  RandomWalk choices(1);
  Repeated repeated{.world = {}, .once = primitive.once};
  std::int64_t times = 0;
  for ([[maybe_unused]] auto turn : state) {
    rig.begin(choices);
    repeated.world.cache = kmem_cache_create("thing", 64, {}, SLAB_TYPESAFE_BY_RCU);
    if (!rig.machine().run(1, {.context = &repeated, .run = &Repeated::run})) std::abort();
    times += kTimesPerRun;
  }
  state.SetItemsProcessed(times);
}

}  // namespace

void add_primitive_benchmarks(std::vector<Benchmark>& list) {
  for (const Primitive& primitive : kPrimitives) {
    list.push_back({"primitive/" + std::string(primitive.name), Unit::kNanoseconds,
                    [&primitive](benchmark::State& state) { run_primitive(state, primitive); }});
  }
}

}  // namespace revenant::bench
