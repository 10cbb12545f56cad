// States of a view machine, compared by 128 bits of hash over what later steps can still tell
// apart.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "memory/view_machine.h"

namespace revenant::memory {

struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

class Hash {
 public:
  void add(std::uint64_t word);
  Fingerprint value() const;

 private:
  std::uint64_t low_ = 0x9e3779b97f4a7c15U;
  std::uint64_t high_ = 0xd1b54a32d192ed03U;
};

// Bit n for location n.
using LocationMask = std::uint32_t;
inline constexpr std::uint32_t kMaxMaskedLocations = 32;

// What the rest of a program can still use. All that is left out is taken for equal.
struct Relevance {
  struct OfCpu {
    LocationMask locations = 0;  // That it can access.
    bool stores = false;         // Also under a lock, or by a read-modify-write.
    bool tells_all = false;      // Has a step ahead that hands on all it knows.
    bool has_read_barrier = false;
    bool has_write_barrier = false;
    bool locks = false;
    bool unlocks = false;
    bool runs = false;  // Has any step ahead.

    friend bool operator==(const OfCpu&, const OfCpu&) = default;
  };
  std::array<OfCpu, kMaxCpus> cpus{};
  LocationMask read = 0;     // Of any CPU.
  LocationMask written = 0;  // Of any CPU.
  bool has_fences = false;
  std::uint32_t domains = 0;  // Bit n for DomainId{n}.
};

class Fingerprinter {
 public:
  // Requires that the machine is renumbered and has at most kMaxMaskedLocations.
  static void add(Hash& hash, const ViewMachine& machine, const Relevance& relevance);
  static void add_dependency(Hash& hash, const ViewMachine& machine, DependencyId id,
                             LocationMask locations);

 private:
  class Packed;
  class Columns;

  static void add_cpu(Packed& hash, const ViewMachine& machine, std::uint32_t cpu,
                      const Columns& told, const Relevance& relevance);
  static void add_location(Hash& hash, Packed& packed, const ViewMachine& machine,
                           std::uint32_t location, const Columns& told, const Relevance& relevance);
};

}  // namespace revenant::memory
