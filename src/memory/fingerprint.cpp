#include "memory/fingerprint.h"

#include <bit>

#include "base/rng.h"

namespace revenant::memory {

void Hash::add(std::uint64_t word) {
  const auto product = static_cast<unsigned __int128>(low_ ^ word) * 0xa0761d6478bd642fU;
  low_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  high_ = (std::rotl(high_, 23) + word) * 0xe7037ed1a0b428dbU;
}

Fingerprint Hash::value() const { return {mix64(low_), mix64(high_ ^ (high_ >> 29))}; }

// Adds views by the ranks of their positions, eight to a word.
class Fingerprinter::Columns {
 public:
  explicit Columns(LocationMask mask) {
    for (; mask != 0; mask &= mask - 1) {
      at_[count_++] = static_cast<std::uint8_t>(std::countr_zero(mask));
    }
  }

  void add(Hash& hash, const Position* view, std::size_t width = kMaxMaskedLocations) const {
    std::uint64_t word = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      const std::uint32_t rank =
          at_[i] < width ? static_cast<std::uint32_t>(view[at_[i]] / ViewMachine::kGap) : 0;
      word = (word << 8) | rank;
      if (i % 8 == 7) {
        hash.add(word);
        word = 0;
      }
    }
    if (count_ % 8 != 0) hash.add(word);
  }

  bool empty() const { return count_ == 0; }

 private:
  std::array<std::uint8_t, kMaxMaskedLocations> at_{};
  std::uint32_t count_ = 0;
};

void Fingerprinter::add_cpu(Hash& hash, const ViewMachine& machine, std::uint32_t cpu,
                            const Columns& told, const Relevance& relevance) {
  const Relevance::OfCpu& ahead = relevance.cpus[cpu];
  const ViewMachine::Cpu& own = machine.cpus_[cpu];
  for (std::uint32_t domain = 0; domain < machine.sizes_.domains; ++domain) {
    hash.add(own.nesting[domain]);
  }
  hash.add(own.waits_for);
  if (!ahead.runs) return;
  const bool tells = ahead.tells_all;
  const LocationMask usable = ahead.locations | (tells ? relevance.read | relevance.written : 0);
  const Columns columns(usable);
  const CpuId id{static_cast<std::uint8_t>(cpu)};
  const auto add = [&](ViewMachine::CpuView which) { columns.add(hash, machine.of(id, which)); };
  const auto add_told = [&](ViewMachine::CpuView which) { told.add(hash, machine.of(id, which)); };
  add(ViewMachine::kCoherence);
  add(ViewMachine::kReadFloor);
  if (ahead.has_read_barrier || (ahead.unlocks && ahead.locks)) add(ViewMachine::kReads);
  if (ahead.stores || tells) add(ViewMachine::kWriteFloor);
  if (ahead.has_write_barrier || ahead.unlocks || tells) add_told(ViewMachine::kOwn);
  if (ahead.stores || tells) add_told(ViewMachine::kCarried);
  if (ahead.stores) told.add(hash, machine.epoch_view(own.fence_epoch));
  if (!ahead.locks) return;
  hash.add(own.has_unlocked ? 1 : 0);
  if (!own.has_unlocked) return;
  add_told(ViewMachine::kOwnAtUnlock);
  add(ViewMachine::kReadsAtUnlock);
}

void Fingerprinter::add_location(Hash& hash, const ViewMachine& machine, std::uint32_t location,
                                 const Columns& told, const Relevance& relevance) {
  const auto at = static_cast<LocationId>(location);
  const LocationMask bit = LocationMask{1} << location;
  hash.add(machine.newest(at).value);
  if (((relevance.read | relevance.written) & bit) == 0) return;
  const auto count = machine.message_count(at);
  hash.add(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Message& message = machine.message(at, i);
    const std::uint32_t from = ViewMachine::slot(machine.locations_[location], i);
    hash.add((std::uint64_t{message.by} << 3) | (message.is_closed ? 4U : 0U) |
             (message.has_self ? 2U : 0U) | (message.is_plain ? 1U : 0U));
    if ((relevance.read & bit) == 0) continue;
    hash.add(message.value);
    const std::size_t carried = machine.first_message_ + std::size_t{2} * from;
    told.add(hash, machine.view(carried), message.width);
    if (message.has_self) told.add(hash, machine.view(carried + 1), message.width);
    told.add(hash, machine.epoch_view(message.fence_epoch));
  }
}

void Fingerprinter::add(Hash& hash, const ViewMachine& machine, const Relevance& relevance) {
  const Columns told(relevance.read | relevance.written);
  for (std::uint32_t cpu = 0; cpu < machine.sizes_.cpus; ++cpu) {
    add_cpu(hash, machine, cpu, told, relevance);
  }
  for (std::uint32_t x = 0; x < machine.location_count_; ++x) {
    add_location(hash, machine, x, told, relevance);
  }
  if (relevance.has_fences) told.add(hash, machine.view(machine.first_strong_));
  for (std::uint32_t domain = 0; domain < machine.sizes_.domains; ++domain) {
    if ((relevance.domains >> domain & 1U) == 0) continue;
    told.add(hash, machine.view(machine.first_strong_ + 1 + domain));
    told.add(hash, machine.epoch_view(machine.grace_period_epoch_[domain]));
  }
  if (!machine.clocks_.is_on()) return;
  for (const std::uint64_t word : machine.clocks_.words()) hash.add(word);
}

void Fingerprinter::add_dependency(Hash& hash, const ViewMachine& machine, DependencyId id,
                                   LocationMask locations) {
  Columns(locations).add(hash, machine.dependency(id));
}

}  // namespace revenant::memory
