// Tables of ops for the tests of this layer: names and arguments, nothing that could be performed.
#pragma once

#include <ostream>

#include "base/rng.h"
#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

inline constexpr Argument kFakePage[] = {{.name = "page", .count = 3}};
inline constexpr Argument kFakePageAndSlot[] = {{.name = "page", .count = 3},
                                                {.name = "slot", .count = 4}};
inline constexpr Argument kFakeWide[] = {{.name = "page", .count = 30},
                                         {.name = "slot", .count = 20}};

// One name is the beginning of another, so that a parser cannot take the shorter for the longer.
inline constexpr OpSpec kFakeOps[] = {
    {.name = "idle", .summary = "", .arguments = {}},
    {.name = "lock", .summary = "", .arguments = kFakePage},
    {.name = "lock_in", .summary = "", .arguments = kFakePageAndSlot},
};
inline constexpr std::uint32_t kFakeOpNumbers = 1 + 3 + 12;

// More than 256 numbers: an op takes two bytes.
inline constexpr OpSpec kWideOps[] = {
    {.name = "idle", .summary = "", .arguments = {}},
    {.name = "lock_in", .summary = "", .arguments = kFakeWide},
};
inline constexpr std::uint32_t kWideOpNumbers = 1 + 600;

constexpr Anchor anchor(std::uint32_t cpu, std::uint32_t op, std::uint32_t point) {
  return {.cpu = CpuId{static_cast<std::uint8_t>(cpu)},
          .op = static_cast<std::uint16_t>(op),
          .point = static_cast<std::uint16_t>(point)};
}

// For messages of failing tests: ops by index and arguments, entries by anchor.
inline void PrintTo(const Schedule& schedule, std::ostream* out) {
  const auto print_anchor = [out](const Anchor& at) {
    *out << index_of(at.cpu) << "." << at.op << "." << at.point;
  };
  for (const Ops& ops : schedule.cpus) {
    *out << "cpu:";
    for (const OpCall& call : ops) {
      *out << " " << +call.op << "(" << +call.arguments[0] << "," << +call.arguments[1] << ")";
    }
    *out << "; ";
  }
  for (const Preemption& p : schedule.preemptions) {
    print_anchor(p.at);
    *out << "->" << index_of(p.to) << " ";
  }
  for (const Pick& p : schedule.picks) {
    print_anchor(p.at);
    *out << "=" << +p.value << " ";
  }
  if (schedule.walk) *out << "walk " << *schedule.walk << " from " << schedule.walk_from;
  if (schedule.draws) *out << " draws";
}

inline Anchor any_anchor(Rng& rng) {
  return anchor(rng.below(kAnchorCpus), rng.below(kMaxAnchor + 1), rng.below(kMaxAnchor + 1));
}

// Any normalized schedule at all; one list in four is full, one in four is empty.
inline Schedule any_schedule(const OpTable& table, Rng& rng) {
  const auto any_size = [&rng](std::uint32_t limit) {
    return rng.one_in(4) ? limit : rng.one_in(3) ? 0 : rng.below(limit + 1);
  };
  Schedule schedule;
  schedule.cpus.resize(1 + rng.below(kMaxScheduleCpus));
  for (Ops& ops : schedule.cpus) {
    for (std::uint32_t n = any_size(kMaxOpsPerCpu); n > 0; --n) {
      ops.push_back(table.call(rng.below(table.size())));
    }
  }
  for (std::uint32_t n = any_size(kMaxPreemptions); n > 0; --n) {
    const CpuId to{static_cast<std::uint8_t>(rng.below(kAnchorCpus))};
    schedule.preemptions.push_back({.at = any_anchor(rng), .to = to});
  }
  for (std::uint32_t n = any_size(kMaxPicks); n > 0; --n) {
    const auto value = static_cast<std::uint8_t>(rng.below(256));
    schedule.picks.push_back({.at = any_anchor(rng), .value = value});
  }
  if (rng.one_in(2)) schedule.walk = static_cast<std::uint32_t>(rng.next());
  if (rng.one_in(2)) schedule.walk_from = static_cast<std::uint16_t>(rng.next());
  schedule.draws = rng.one_in(2);
  normalize(schedule);
  return schedule;
}

inline bool is_call_of(const OpTable& table, const OpCall& call) {
  if (call.op >= table.specs().size()) return false;
  const auto arguments = table.spec(call).arguments;
  for (std::size_t i = 0; i < kMaxArguments; ++i) {
    const std::uint32_t count = i < arguments.size() ? arguments[i].count : 1;
    if (call.arguments[i] >= count) return false;
  }
  return true;
}

inline bool is_anchor(const Anchor& at) {
  return index_of(at.cpu) < kAnchorCpus && at.op <= kMaxAnchor && at.point <= kMaxAnchor;
}

// What every function of this layer that returns a schedule promises.
inline bool is_valid(const Schedule& schedule, const OpTable& table) {
  Schedule normalized = schedule;
  normalize(normalized);
  bool valid = normalized == schedule && !schedule.cpus.empty();
  for (const Ops& ops : schedule.cpus) {
    for (const OpCall& call : ops) valid = valid && is_call_of(table, call);
  }
  for (const Preemption& p : schedule.preemptions) {
    valid = valid && is_anchor(p.at) && index_of(p.to) < kAnchorCpus;
  }
  for (const Pick& p : schedule.picks) valid = valid && is_anchor(p.at);
  return valid;
}

}  // namespace revenant
