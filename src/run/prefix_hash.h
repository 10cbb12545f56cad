// A number for what a run has done so far, the same for two orders of it that differ only in steps
// that do not touch each other: a hash of the happens-before graph of the prefix. Two prefixes of
// one program with one hash have led to one state, so what can follow is the same; after
// "Partial-Order Reduction for Context-Bounded State Exploration" (Musuvathi and Qadeer,
// MSR-TR-2007-12).
//
// Two steps touch each other if they access one word and one of them stores, or if both have to do
// with one lock. Allocations, frees and grace periods touch each other and all read-side sections.
// Plain accesses are taken to be ordered by those, as they are where TSan finds no race.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/effect.h"
#include "sim/machine.h"

namespace revenant {

class PrefixHash {
 public:
  void begin_run();
  // Takes in the events of the run's trace that came since the last call. Allocates nothing.
  void follow(std::span<const sim::Event> events);
  // The CPU was given this answer, which may have left no event.
  void picked(CpuId cpu, std::uint32_t answer);
  std::uint64_t value() const;

 private:
  static constexpr std::size_t kLocations = 2048;  // Of one run; a power of two.

  struct Location {
    std::uintptr_t address = 0;
    std::uint32_t run = 0;         // An entry of another run is free.
    std::uint64_t last_store = 0;  // The hash of the event.
    std::uint64_t loads = 0;       // Since then, whatever their order.
  };

  Location& location_at(std::uintptr_t address);
  void take(const sim::Event& event);

  std::array<Location, kLocations> locations_{};
  std::array<std::uint64_t, sim::kMaxFibers> cpus_{};  // The hash of each CPU's last event.
  std::size_t followed_ = 0;
  std::uint32_t run_ = 0;
};

}  // namespace revenant
