// For tests: CPUs that speak the kernel's words, and a kind of object for slabs.
#pragma once

#include <algorithm>
#include <span>

#include "kernel/atomic.h"
#include "kernel/barrier.h"
#include "kernel/bug.h"
#include "kernel/lock_owner.h"
#include "kernel/mutex.h"
#include "kernel/rcupdate.h"
#include "kernel/read_sets.h"
#include "kernel/slab.h"
#include "kernel/slab_state.h"
#include "sim/test_machine.h"

namespace revenant::kernel {

using sim::kClean;
using sim::kCpu0;
using sim::kCpu1;
using sim::kCpu2;
using sim::kCpu3;
using sim::Log;
using sim::read_plainly;
using sim::write_plainly;

class KernelTest : public sim::MachineTest {
 protected:
  KernelTest() {
    sim::listen_to_sanitizers(
        [](FindingKind kind, std::uintptr_t address) { return slab().explain(kind, address); });
  }

  using MachineTest::begin;
  void begin(Choices& choices, const sim::Observers& observers) override {
    MachineTest::begin(choices, observers);
    slab().begin_run();
    lock_owners().begin_run();
    fence_begin_run();
    read_sets().begin_run(outlook_);
  }

  Outlook outlook_ = nullptr;
};

// The lock and the refcount share a word, as in an anon_vma.
struct thing {
  mutex lock;          // Constructor state: unlocked.
  atomic_t refcount;   // Constructor state: 0.
  thing* first_child;  // Constructor state: nullptr.
  long data;           // Poisoned when free.
  long hint;           // Keeps its value when free, and may be read.
};

class SlabTest : public KernelTest {
 protected:
  using KernelTest::begin;
  // Also makes the cache: a run's caches end with it.
  void begin(Choices& choices, const sim::Observers& observers) override {
    KernelTest::begin(choices, observers);
    cache_ = create(SLAB_TYPESAFE_BY_RCU);
  }

  static kmem_cache* create(slab_flags_t flags) {
    static constexpr std::array<sim::Field, 5> kFields{{
        {.name = "lock", .offset_bytes = offsetof(thing, lock), .size_bytes = 4},
        {.name = "refcount", .offset_bytes = offsetof(thing, refcount), .size_bytes = 4},
        {.name = "first_child", .offset_bytes = offsetof(thing, first_child), .size_bytes = 8},
        {.name = "data", .offset_bytes = offsetof(thing, data), .size_bytes = 8},
        {.name = "hint", .offset_bytes = offsetof(thing, hint), .size_bytes = 8},
    }};
    static constexpr std::array<std::string_view, 1> kReadable{"hint"};
    return kmem_cache_create(
        "thing", sizeof(thing),
        {.ctor = &construct, .fields = kFields, .refcount = "refcount", .readable = kReadable},
        flags);
  }

  static void construct(void* object) {
    auto* const fresh = static_cast<thing*>(object);
    mutex_init(&fresh->lock);
    fresh->refcount = ATOMIC_INIT(0);
    fresh->first_child = nullptr;
  }

  thing* alloc() { return static_cast<thing*>(kmem_cache_alloc(cache_, GFP_ATOMIC)); }
  void free(thing* object) { kmem_cache_free(cache_, object); }

  // One object for several bodies, without any order among them.
  void share(thing* object) { shared_.store(object, std::memory_order_relaxed); }
  thing* shared() const { return shared_.load(std::memory_order_relaxed); }

  // After the bodies have run: the finding about what they left, if any.
  std::optional<FindingKind> left_over() {
    return run({[] { slab().report_left_over(Site::current()); }});
  }

  kmem_cache* cache_ = nullptr;

 private:
  std::atomic<thing*> shared_ = nullptr;
};

// Runs that are counted for a search.
class SlabFeaturesTest : public SlabTest {
 protected:
  void SetUp() override { begin(directed_, {.features = &counters_}); }

  // Distinct features of the family in all runs of the test, as far as counters can tell.
  std::ptrdiff_t seen(sim::Feature family) const {
    const auto part = std::span(counters_).subspan(
        static_cast<std::size_t>(family) * sim::kFeaturesPerFamily, sim::kFeaturesPerFamily);
    return std::ranges::count_if(part, [](std::uint8_t counter) { return counter != 0; });
  }

  sim::FeatureCounters counters_{};
};

}  // namespace revenant::kernel
