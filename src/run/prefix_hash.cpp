#include "run/prefix_hash.h"

#include "base/check.h"
#include "base/rng.h"

namespace revenant {
namespace {

using enum sim::Primitive;

// Where the slab and RCU are: an address that no object has.
constexpr std::uintptr_t kWorld = 1;

enum class Touch : std::uint8_t { kNothing, kLoads, kStores };

struct Touched {
  std::uintptr_t address = 0;
  Touch touch = Touch::kNothing;
};

Touched touched_by(const sim::Event& event) {
  const auto address = static_cast<std::uintptr_t>(event.object.bits);
  switch (event.what) {
    case kOpBegin:
    case kOpEnd:
    case kNote:
    case kSmpMb:
    case kSmpRmb:
    case kSmpWmb:
      return {};
    case kRcuReadLock:
    case kRcuReadUnlock:
      return {kWorld, Touch::kLoads};
    case kSynchronizeRcuBegins:
    case kSynchronizeRcuEnds:
    case kCallRcu:
    case kRcuCallback:
    case kRcuBarrier:
    case kKmemCacheAlloc:
    case kKmemCacheFree:
    case kSlabPageReturned:
      return {kWorld, Touch::kStores};
    // Those that fail or only look, too.
    case kMutexTrylock:
    case kDownReadTrylock:
      return {address, Touch::kStores};
    case kBlocked:
    case kMutexIsLocked:
    case kRwsemIsLocked:
      return {address, Touch::kLoads};
    default:
      break;
  }
  const sim::Effect effect = effect_of(event);
  if (effect.stores || effect.lock != sim::LockStep::kNone) return {address, Touch::kStores};
  return {address, effect.loads ? Touch::kLoads : Touch::kNothing};
}

}  // namespace

void PrefixHash::begin_run() {
  ++run_;
  followed_ = 0;
  // No CPU begins at 0, which mix64 leaves as it is.
  for (std::size_t cpu = 0; cpu < cpus_.size(); ++cpu) cpus_[cpu] = mix64(cpu + 1);
}

PrefixHash::Location& PrefixHash::location_at(std::uintptr_t address) {
  std::size_t slot = mix64(address) % kLocations;
  for (std::size_t tries = 0; tries < kLocations; ++tries, slot = (slot + 1) % kLocations) {
    Location& location = locations_[slot];
    if (location.run != run_) location = {.address = address, .run = run_};
    if (location.address == address) return location;
  }
  check_failed("a run touches few enough words for the table", __FILE__, __LINE__);
}

void PrefixHash::take(const sim::Event& event) {
  std::uint64_t& mine = cpus_[index_of(event.at.cpu)];
  const std::uint64_t what =
      static_cast<std::uint64_t>(event.what) << 1 | static_cast<std::uint64_t>(event.result != 0);
  std::uint64_t hash = mix64(mix64(mine + what) + event.object.bits);
  const Touched touched = touched_by(event);
  if (touched.touch != Touch::kNothing) {
    Location& location = location_at(touched.address);
    hash = mix64(hash + location.last_store);
    if (touched.touch == Touch::kStores) {
      hash = mix64(hash + location.loads);
      location.last_store = hash;
      location.loads = 0;
    } else {
      location.loads += hash;
    }
  }
  mine = hash;
}

void PrefixHash::follow(std::span<const sim::Event> events) {
  for (; followed_ < events.size(); ++followed_) take(events[followed_]);
}

void PrefixHash::picked(CpuId cpu, std::uint32_t answer) {
  std::uint64_t& mine = cpus_[index_of(cpu)];
  mine = mix64(mine + answer);
}

// What each CPU did last stands for all that it did and all that it saw.
std::uint64_t PrefixHash::value() const {
  std::uint64_t value = 0;
  for (const std::uint64_t hash : cpus_) value = mix64(value + hash);
  return value;
}

}  // namespace revenant
