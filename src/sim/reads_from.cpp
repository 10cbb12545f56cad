#include "sim/reads_from.h"

namespace revenant::sim {

ReadsFrom::Location* ReadsFrom::location_at(std::uintptr_t address) {
  std::size_t index = mix64(address) % kCapacity;
  for (std::size_t probes = 0; probes < kCapacity; ++probes, index = (index + 1) % kCapacity) {
    Location& location = locations_[index];
    if (location.run != run_) {
      location.address = address;
      location.run = run_;
      location.version = 0;
      location.accessed.fill(kNever);
      return &location;
    }
    if (location.address == address) return &location;
  }
  return nullptr;
}

void ReadsFrom::stored(std::uintptr_t address, CpuId cpu, Site site) {
  Location* const location = location_at(address);
  if (location == nullptr) return;
  location->cpu = cpu;
  location->site = site;
  location->accessed[index_of(cpu)] = ++location->version;
}

std::optional<std::uint64_t> ReadsFrom::loaded(std::uintptr_t address, CpuId cpu, Site site) {
  Location* const location = location_at(address);
  if (location == nullptr) return std::nullopt;
  std::uint16_t& accessed = location->accessed[index_of(cpu)];
  const std::uint64_t before = accessed == kNever ? 0 : accessed == location->version ? 1 : 2;
  accessed = location->version;
  if (location->version == 0 || location->cpu == cpu) return std::nullopt;
  return key_of(before, location->site, site);
}

}  // namespace revenant::sim
