#include "sim/memory_map.h"

#include <algorithm>

#include "base/check.h"

namespace revenant::sim {

void MemoryMap::add(const Region& region) {
  REVENANT_CHECK(count_ < kMaxRegions);
  regions_[count_++] = region;
}

const Region* MemoryMap::find(std::uintptr_t address) const {
  const auto* const end = regions_.data() + count_;
  const auto* const found = std::find_if(regions_.data(), end, [address](const Region& region) {
    return address - region.begin < region.size_bytes;
  });
  return found == end ? nullptr : found;
}

std::string MemoryMap::object_at(std::uintptr_t address, Life life) const {
  const Region* const region = find(address);
  if (region == nullptr) return "?";
  std::string name(region->name);
  name += std::to_string(region->number);
  if (life != 0) name.append("#").append(std::to_string(life & ~kFreed));
  if ((life & kFreed) != 0) name += ":freed";
  return name;
}

std::string MemoryMap::name_at(std::uintptr_t address, Life life) const {
  const Region* const region = find(address);
  if (region == nullptr) return "?";
  std::string name = object_at(address, life);
  const std::size_t offset = address - region->begin;
  for (const Field& field : region->fields) {
    if (offset >= field.offset_bytes && offset < field.offset_bytes + field.size_bytes) {
      name.append(".").append(field.name);
    }
  }
  return name;
}

}  // namespace revenant::sim
