// The engine that runs the code under test, as kernel primitives see it: one CPU at a time in the
// sim engine, threads that run at once in the native one.
//
// A primitive is written once. Where the engines differ, this is the place that knows which one it
// is; what a member does is said at sim::Machine and native::Machine.
#pragma once

#include <string>
#include <utility>

#include "native/machine.h"
#include "sim/machine.h"

namespace revenant::kernel {

class Engine {
 public:
  static bool is_native() { return native::running != nullptr; }

  [[gnu::always_inline]] void point(Site site) const {
    if (is_native()) [[unlikely]]
      return native::running->point(site);
    sim::running().point(site);
  }
  [[gnu::always_inline]] void begin_op(std::uint16_t op, Site site = Site::current()) const {
    if (is_native()) [[unlikely]]
      return native::running->begin_op(op, site);
    sim::running().begin_op(op, site);
  }
  [[gnu::always_inline]] CpuId cpu() const {
    if (is_native()) [[unlikely]]
      return native::running->cpu();
    return sim::running().cpu();
  }
  [[gnu::always_inline]] Anchor here() const {
    if (is_native()) [[unlikely]]
      return native::running->here();
    return sim::running().here();
  }
  // Not less than any that was returned before.
  [[gnu::always_inline]] std::uint32_t step() const {
    if (is_native()) [[unlikely]]
      return native::running->step();
    return sim::running().step();
  }
  [[gnu::always_inline]] std::uint32_t pick(std::uint32_t count) const {
    if (is_native()) [[unlikely]]
      return native::running->pick(count);
    return sim::running().pick(count);
  }
  [[noreturn]] void raise(FindingKind kind, Site site, std::string text,
                          std::uintptr_t about = 0) const {
    if (is_native()) native::running->raise(kind, site, std::move(text), about);
    sim::running().raise(kind, site, std::move(text), about);
  }

  [[gnu::always_inline]] sim::MemoryMap& memory() const {
    if (is_native()) [[unlikely]]
      return native::running->memory();
    return sim::running().memory();
  }
  [[gnu::always_inline]] bool tracing() const {
    if (is_native()) [[unlikely]]
      return native::running->tracing();
    return sim::running().tracing();
  }
  [[gnu::always_inline]] void record(const sim::Event& event) const {
    if (is_native()) return native::running->record(event);
    sim::running().record(event);
  }
  // Whether somebody wants to hear of accesses, for a trace or for features.
  [[gnu::always_inline]] bool is_observed() const {
    if (is_native()) [[unlikely]]
      return native::running->tracing();
    return sim::running().tracing() || sim::running().wants_features();
  }
  // Whether somebody takes features of what single accesses do: not where threads run at once.
  [[gnu::always_inline]] bool wants_features() const {
    return !is_native() && sim::running().wants_features();
  }
  [[gnu::always_inline]] void feature(sim::Feature family, std::uint64_t key) const {
    if (is_native()) [[unlikely]]
      return native::running->feature(family, key);
    sim::running().feature(family, key);
  }
  // Something was stored, or objects came to life or went: an op that does that has left a trace.
  [[gnu::always_inline]] void count_effect() const {
    if (!is_native()) [[likely]]
      sim::running().count_effect();
  }
  // Where a CPU stands that does not run; unknown where threads run at once.
  [[gnu::always_inline]] Site site_of(CpuId cpu) const {
    if (is_native()) [[unlikely]]
      return Site{};
    return sim::running().site_of(cpu);
  }
  // Where threads run at once, nobody knows which store a load takes its value from.
  [[gnu::always_inline]] void note_load(const volatile void* address, Site site) const {
    if (!is_native()) [[likely]]
      sim::running().note_load(address, site);
  }
  [[gnu::always_inline]] void note_store(const volatile void* address, Site site) const {
    if (!is_native()) [[likely]]
      sim::running().note_store(address, site);
  }

  // In the native engine these three require Exclusive, which block_on() gives up while it waits.
  [[gnu::always_inline]] void block_on(const volatile void* channel, const volatile void* object,
                                       Site site) const {
    if (is_native()) return native::running->block_on(channel, object, site);
    sim::running().block_on(channel, object, site);
  }
  [[gnu::always_inline]] void wake(const volatile void* channel) const {
    if (is_native()) [[unlikely]]
      return native::running->wake(channel);
    sim::running().wake(channel);
  }
  [[gnu::always_inline]] CpuMask sleepers(const volatile void* begin,
                                          std::size_t size_bytes) const {
    if (is_native()) [[unlikely]]
      return native::running->sleepers(begin, size_bytes);
    return sim::running().sleepers(begin, size_bytes);
  }

  // What the running CPU holds: for who chooses.
  [[gnu::always_inline]] void set_locks_held(std::size_t count) const {
    if (is_native()) [[unlikely]]
      return native::running->set_locks_held(count);
    sim::running().set_locks_held(count);
  }

  [[gnu::always_inline]] bool in_section(CpuId cpu) const {
    if (is_native()) [[unlikely]]
      return native::running->in_section(cpu);
    return sim::running().rcu().in_section(cpu);
  }
  [[gnu::always_inline]] CpuMask in_sections() const {
    if (is_native()) [[unlikely]]
      return native::running->in_sections();
    return sim::running().rcu().in_sections();
  }
  [[gnu::always_inline]] std::uint32_t section_start(CpuId cpu) const {
    if (is_native()) [[unlikely]]
      return native::running->section_start(cpu);
    return sim::running().rcu().section_start(cpu);
  }
  // These three require Exclusive in the native engine.
  [[gnu::always_inline]] const void* queued_in(const void* begin, std::size_t size_bytes) const {
    if (is_native()) [[unlikely]]
      return native::running->callbacks().queued_in(begin, size_bytes);
    return sim::running().rcu().queued_in(begin, size_bytes);
  }
  bool has_room_for_grace_period() const {
    return is_native() ? !native::running->callbacks().is_full() : !sim::running().rcu().is_full();
  }
  // Requires that there is room.
  [[gnu::always_inline]] void call_rcu(void (*function)(void*), void* argument) const {
    if (is_native()) [[unlikely]]
      return native::running->call_rcu(function, argument);
    sim::running().call_rcu(function, argument);
  }
};

inline Engine running() { return {}; }

// While it lives no other CPU changes the state of locks and of the slab, nor what oracles keep.
// In the sim engine that is so anyway. May be nested.
class Exclusive {
 public:
  Exclusive() : machine_(native::running) {
    if (machine_ != nullptr) [[unlikely]]
      machine_->ghost_lock().lock();
  }
  ~Exclusive() {
    if (machine_ != nullptr) [[unlikely]]
      machine_->ghost_lock().unlock();
  }
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;

 private:
  native::Machine* machine_;
};

}  // namespace revenant::kernel
