#include "schedule/byte_codec.h"

#include "base/byte_reader.h"

namespace revenant {
namespace {

constexpr std::uint8_t kWalkBit = 4;
constexpr std::uint8_t kTakeOverBit = 8;
constexpr std::uint8_t kDrawsBit = 16;
static_assert(kMaxScheduleCpus == 4, "the header has two bits for the number of CPUs");

CpuId anchor_cpu(std::uint32_t raw) { return CpuId{static_cast<std::uint8_t>(raw % kAnchorCpus)}; }

Preemption read_preemption(ByteReader& in) {
  const std::uint8_t cpus = in.u8();
  Preemption p;
  p.at.cpu = anchor_cpu(cpus & 0xfU);
  p.to = anchor_cpu(cpus >> 4);
  p.at.op = in.u8();
  p.at.point = in.u8();
  return p;
}

Pick read_pick(ByteReader& in) {
  Pick p;
  p.at.cpu = anchor_cpu(in.u8());
  p.at.op = in.u8();
  p.at.point = in.u8();
  p.value = in.u8();
  return p;
}

class ByteWriter {
 public:
  explicit ByteWriter(std::size_t usual_size) { bytes_.reserve(usual_size); }

  void u8(std::uint32_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::uint32_t value) { u8(value), u8(value >> 8); }
  void u32(std::uint32_t value) { u16(value), u16(value >> 16); }

  // The first byte of an entry says that there is one: it stays even where it is zero.
  void first_of_entry(std::uint32_t value) {
    u8(value);
    kept_ = bytes_.size();
  }

  std::vector<std::uint8_t> take() {
    while (bytes_.size() > kept_ && bytes_.back() == 0) bytes_.pop_back();
    return std::move(bytes_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t kept_ = 0;
};

}  // namespace

Schedule decode(std::span<const std::uint8_t> bytes, const OpTable& table) {
  ByteReader in(bytes);
  const bool wide = table.size() > 256;
  Schedule schedule;
  const std::uint8_t header = in.u8();
  schedule.cpus.resize(1 + header % kMaxScheduleCpus);
  for (Ops& ops : schedule.cpus) {
    const std::size_t count = in.u8() % (kMaxOpsPerCpu + 1);
    for (std::size_t i = 0; i < count; ++i) {
      ops.push_back(table.call((wide ? in.u16() : in.u8()) % table.size()));
    }
  }
  if ((header & kWalkBit) != 0) schedule.walk = in.u32();
  schedule.draws = (header & kDrawsBit) != 0;
  if ((header & kWalkBit) != 0 && (header & kTakeOverBit) != 0) {
    schedule.walk_from = static_cast<std::uint16_t>(in.u16());
  }
  for (std::size_t n = in.u8() % (kMaxPreemptions + 1); n > 0 && !in.empty(); --n) {
    schedule.preemptions.push_back(read_preemption(in));
  }
  for (std::size_t n = in.u8() % (kMaxPicks + 1); n > 0 && !in.empty(); --n) {
    schedule.picks.push_back(read_pick(in));
  }
  normalize(schedule);
  return schedule;
}

std::vector<std::uint8_t> encode(const Schedule& schedule, const OpTable& table) {
  constexpr std::size_t kUsualSize = 256;
  ByteWriter out(kUsualSize);
  const bool wide = table.size() > 256;
  const bool takes_over = schedule.walk_from != 0;
  out.u8((static_cast<std::uint32_t>(schedule.cpus.size()) - 1) | (schedule.walk ? kWalkBit : 0U) |
         (takes_over ? kTakeOverBit : 0U) | (schedule.draws ? kDrawsBit : 0U));
  for (const Ops& ops : schedule.cpus) {
    out.u8(static_cast<std::uint32_t>(ops.size()));
    for (const OpCall& call : ops) wide ? out.u16(table.number(call)) : out.u8(table.number(call));
  }
  if (schedule.walk) out.u32(*schedule.walk);
  if (takes_over) out.u16(schedule.walk_from);
  out.u8(static_cast<std::uint32_t>(schedule.preemptions.size()));
  for (const Preemption& p : schedule.preemptions) {
    out.first_of_entry(index_of(p.at.cpu) | (index_of(p.to) << 4));
    out.u8(p.at.op);
    out.u8(p.at.point);
  }
  out.u8(static_cast<std::uint32_t>(schedule.picks.size()));
  for (const Pick& p : schedule.picks) {
    out.first_of_entry(index_of(p.at.cpu));
    out.u8(p.at.op);
    out.u8(p.at.point);
    out.u8(p.value);
  }
  return out.take();
}

}  // namespace revenant
