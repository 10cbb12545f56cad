// From which store each load of a run takes its value: the reads-from relation, as far as stores of
// other CPUs go. It decides what a run does, and has far fewer values than there are orders of
// steps; after "Greybox Fuzzing for Concurrency Testing" (Wolff, Shi, Duck, Mathur, Roychoudhury,
// ASPLOS 2024).
//
// Locations are addresses: an object that the slab recycles keeps the stores of its former lives.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "choice/choices.h"
#include "sim/features.h"
#include "sim/finding.h"

namespace revenant::sim {

class ReadsFrom {
 public:
  void begin_run() { ++run_; }

  void stored(std::uintptr_t address, CpuId cpu, Site site);
  // The key of Feature::kReadsFrom for a load that took what another CPU stored: both sites, and
  // whether this CPU had accessed the location before, and found another store there.
  std::optional<std::uint64_t> loaded(std::uintptr_t address, CpuId cpu, Site site);

 private:
  static constexpr std::size_t kMaxCpus = 8;
  static constexpr std::size_t kCapacity = 1024;  // Locations of one run; a power of two.
  static constexpr std::uint16_t kNever = 0xffff;

  struct Location {
    std::uintptr_t address = 0;
    std::uint32_t run = 0;      // An entry of another run is free.
    std::uint16_t version = 0;  // Stores so far.
    CpuId cpu{};                // Whose store was the last, and where.
    Site site;
    std::array<std::uint16_t, kMaxCpus> accessed{};  // Which version each CPU met last.
  };

  // nullptr when the table is full. Found by comparing addresses, never by their hash alone, since
  // addresses differ between processes and a run must not.
  Location* location_at(std::uintptr_t address);

  std::array<Location, kCapacity> locations_;
  std::uint32_t run_ = 0;
};

}  // namespace revenant::sim
