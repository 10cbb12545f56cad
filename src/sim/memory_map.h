// Names for addresses: what a trace says instead of a number that changes from run to run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace revenant::sim {

struct Field {
  std::string_view name;
  std::size_t offset_bytes = 0;
  std::size_t size_bytes = 0;
};

// Which life of a slab object an address was part of; 0 for other memory. The top bit says that the
// object was free at that moment.
using Life = std::uint32_t;
inline constexpr Life kFreed = Life{1} << 31;

// One object of the code under test. Names and fields must outlive the map.
struct Region {
  std::uintptr_t begin = 0;
  std::size_t size_bytes = 0;
  std::string_view name;
  std::uint32_t number = 0;
  std::span<const Field> fields;
};

class MemoryMap {
 public:
  void clear() { count_ = 0; }
  void add(const Region& region);

  // nullptr when no region holds the address.
  const Region* find(std::uintptr_t address) const;

  // "page0", or for the second life of a slab object "anon_vma0#2"; ":freed" follows where it is.
  // "?" for an unknown address.
  std::string object_at(std::uintptr_t address, Life life) const;
  // The same with the field: "page0.mapping".
  std::string name_at(std::uintptr_t address, Life life) const;

 private:
  static constexpr std::size_t kMaxRegions = 1024;
  std::array<Region, kMaxRegions> regions_;
  std::size_t count_ = 0;
};

}  // namespace revenant::sim
