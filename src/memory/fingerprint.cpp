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

// Adds small numbers, as many to a word as fit.
class Fingerprinter::Packed {
 public:
  explicit Packed(Hash& hash) : hash_(hash) {}
  ~Packed() { hash_.add(word_); }
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;

  template <std::uint32_t kBits>
  void add(std::uint32_t number) {
    if (used_ + kBits > 64) {
      hash_.add(word_);
      word_ = used_ = 0;
    }
    word_ |= std::uint64_t{number} << used_;
    used_ += kBits;
  }

 private:
  Hash& hash_;
  std::uint64_t word_ = 0;
  std::uint32_t used_ = 0;
};

// Adds views by the ranks of their positions.
class Fingerprinter::Columns {
 public:
  explicit Columns(LocationMask mask) {
    for (; mask != 0; mask &= mask - 1) {
      at_[count_++] = static_cast<std::uint8_t>(std::countr_zero(mask));
    }
  }

  void add(Packed& packed, const Position* view, std::size_t width = kMaxMaskedLocations) const {
    static_assert(kMaxHistory <= 32);
    for (std::uint32_t i = 0; i < count_; ++i) {
      const std::uint32_t rank =
          at_[i] < width ? static_cast<std::uint32_t>(view[at_[i]]) / ViewMachine::kGap : 0;
      packed.add<5>(rank);
    }
  }

 private:
  std::array<std::uint8_t, kMaxMaskedLocations> at_{};
  std::uint32_t count_ = 0;
};

void Fingerprinter::add_cpu(Packed& hash, const ViewMachine& machine, std::uint32_t cpu,
                            const Columns& told, const Relevance& relevance) {
  const Relevance::OfCpu& ahead = relevance.cpus[cpu];
  const ViewMachine::Cpu& own = machine.cpus_[cpu];
  for (std::uint32_t domain = 0; domain < machine.sizes_.domains; ++domain) {
    hash.add<8>(own.nesting[domain]);
  }
  hash.add<8>(own.waits_for);
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
  hash.add<1>(own.has_unlocked ? 1 : 0);
  if (!own.has_unlocked) return;
  add_told(ViewMachine::kOwnAtUnlock);
  add(ViewMachine::kReadsAtUnlock);
}

void Fingerprinter::add_location(Hash& hash, Packed& packed, const ViewMachine& machine,
                                 std::uint32_t location, const Columns& told,
                                 const Relevance& relevance) {
  const auto at = static_cast<LocationId>(location);
  const LocationMask bit = LocationMask{1} << location;
  hash.add(machine.newest(at).value);
  if (((relevance.read | relevance.written) & bit) == 0) return;
  const std::uint32_t count = machine.message_count(at);
  packed.add<6>(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Message& message = machine.message(at, i);
    packed.add<11>((std::uint32_t{message.by} << 3) | (message.is_closed ? 4U : 0U) |
                   (message.has_self ? 2U : 0U) | (message.is_plain ? 1U : 0U));
    if ((relevance.read & bit) == 0) continue;
    hash.add(message.value);
    const std::uint32_t from = ViewMachine::slot(machine.locations_[location], i);
    const std::size_t carried = machine.first_message_ + std::size_t{2} * from;
    told.add(packed, machine.view(carried), message.width);
    if (message.has_self) told.add(packed, machine.view(carried + 1), message.width);
    told.add(packed, machine.epoch_view(message.fence_epoch));
  }
}

void Fingerprinter::add(Hash& hash, const ViewMachine& machine, const Relevance& relevance) {
  const Columns told(relevance.read | relevance.written);
  Packed packed(hash);
  for (std::uint32_t cpu = 0; cpu < machine.sizes_.cpus; ++cpu) {
    add_cpu(packed, machine, cpu, told, relevance);
  }
  for (std::uint32_t x = 0; x < machine.location_count_; ++x) {
    add_location(hash, packed, machine, x, told, relevance);
  }
  if (relevance.has_fences) told.add(packed, machine.view(machine.first_strong_));
  for (std::uint32_t domain = 0; domain < machine.sizes_.domains; ++domain) {
    if ((relevance.domains >> domain & 1U) == 0) continue;
    told.add(packed, machine.view(machine.first_strong_ + 1 + domain));
    told.add(packed, machine.epoch_view(machine.grace_period_epoch_[domain]));
  }
  if (!machine.clocks_.is_on()) return;
  for (const std::uint64_t word : machine.clocks_.words()) hash.add(word);
}

void Fingerprinter::add_dependency(Hash& hash, const ViewMachine& machine, DependencyId id,
                                   LocationMask locations) {
  Packed packed(hash);
  Columns(locations).add(packed, machine.dependency(id));
}

}  // namespace revenant::memory
