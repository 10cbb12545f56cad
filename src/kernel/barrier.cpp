#include "kernel/barrier.h"

#include <algorithm>
#include <array>

#include "kernel/engine.h"
#include "sim/happens_before.h"

namespace revenant::kernel {
namespace {

#ifdef REVENANT_WITH_TSAN
// Per CPU, what fences connect.
struct Fences {
  static constexpr std::size_t kMaxLoads = 16;
  // The clocks of what was loaded since the last smp_rmb, each once. A ring when it is full.
  std::array<const volatile void*, kMaxLoads> loads{};
  std::size_t load_count = 0;
  std::size_t oldest = 0;
  bool write_fence = false;  // There was one, and `carrier` holds what the CPU had done by then.
  bool has_unlocked = false;
  unsigned char clock = 0;
  alignas(8) unsigned char unlock_clock = 0;
  sim::ClockCarrier carrier;
  bool has_read = false;  // `read` has what was loaded in this run, as far as a release has met it.
  sim::ClockCarrier read;
};

std::array<Fences, sim::kMaxFibers>& all_fences() {
  static std::array<Fences, sim::kMaxFibers> fences;
  return fences;
}

Fences& my_fences() { return all_fences()[index_of(running().cpu())]; }

void read_fence() {
  Fences& mine = my_fences();
  for (std::size_t i = 0; i < mine.load_count; ++i) sim::hb_acquire(mine.loads[i]);
  mine.load_count = mine.oldest = 0;
}

void write_fence() {
  Fences& mine = my_fences();
  sim::hb_release(&mine.clock);
  mine.carrier.take(&mine.clock);
  mine.write_fence = true;
}
#else
void read_fence() {}
void write_fence() {}
#endif

// The sim engine has one processor; in the native one the processors must be told.
void fence_processor(int order) {
  if (!Engine::is_native()) return;
  if (order == __ATOMIC_SEQ_CST) return __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (order == __ATOMIC_ACQUIRE) return __atomic_thread_fence(__ATOMIC_ACQUIRE);
  __atomic_thread_fence(__ATOMIC_RELEASE);
}

}  // namespace

void smp_mb(Site site) {
  running().point(site);
  fence_full();
  if (WeakMemory* const weak = weak_memory()) weak->smp_mb();
  did(sim::Primitive::kSmpMb, nullptr, true, site);
}

void smp_rmb(Site site) {
  running().point(site);
  fence_processor(__ATOMIC_ACQUIRE);
  read_fence();
  if (WeakMemory* const weak = weak_memory()) weak->smp_rmb();
  did(sim::Primitive::kSmpRmb, nullptr, true, site);
}

void smp_wmb(Site site) {
  running().point(site);
  write_fence();
  fence_processor(__ATOMIC_RELEASE);
  if (WeakMemory* const weak = weak_memory()) weak->smp_wmb();
  did(sim::Primitive::kSmpWmb, nullptr, true, site);
}

void fence_full() {
  fence_processor(__ATOMIC_SEQ_CST);
  read_fence();
  write_fence();  // Last: it hands on what earlier loads read, too.
}

#ifdef REVENANT_WITH_TSAN
void fence_begin_run() {
  for (Fences& fences : all_fences()) {
    fences.load_count = fences.oldest = 0;
    fences.write_fence = fences.has_unlocked = fences.has_read = false;
  }
}

void fence_after_load(const volatile void* clock) {
  Fences& mine = my_fences();
  auto* const end = mine.loads.begin() + mine.load_count;
  if (std::find(mine.loads.begin(), end, clock) != end) return;
  if (mine.load_count < Fences::kMaxLoads) {
    mine.loads[mine.load_count++] = clock;
    return;
  }
  // To forget the oldest would invent races behind the barrier that is to come. That barrier's
  // effect on it comes early instead, which can hide one.
  const volatile void*& oldest = mine.loads[mine.oldest];
  mine.oldest = (mine.oldest + 1) % Fences::kMaxLoads;
  sim::hb_acquire(oldest);
  oldest = clock;
}

void fence_before_release() {
  if (Engine::is_native()) read_fence();
}

void fence_after_release(const volatile void* clock) {
  Fences& mine = my_fences();
  for (std::size_t i = 0; i < mine.load_count; ++i) mine.read.take(mine.loads[i]);
  mine.has_read |= mine.load_count != 0;
  if (mine.has_read) mine.read.give(clock);
}

void fence_before_store(const volatile void* clock) {
  Fences& mine = my_fences();
  if (mine.write_fence) mine.carrier.give(clock);
}

void fence_after_spin_unlock() {
  Fences& mine = my_fences();
  sim::hb_release(&mine.unlock_clock);
  mine.has_unlocked = true;
}

void fence_after_spin_lock(const volatile void* clock) {
  Fences& mine = my_fences();
  mine.carrier.take(clock);
  if (mine.has_unlocked) mine.carrier.take(&mine.unlock_clock);
  mine.write_fence = true;
}

bool fence_renew(unsigned char* clock) {
  Fences& mine = my_fences();
  if (mine.write_fence) mine.carrier.renew(clock);
  return mine.write_fence;
}
#endif

}  // namespace revenant::kernel
