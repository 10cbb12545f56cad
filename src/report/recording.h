// A run as data: its events, and what follows from them. Text, JSON, Perfetto and HTML are made of
// this, and so are explanations and signatures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/report_input.h"
#include "sim/effect.h"
#include "sim/machine.h"

namespace revenant {

// Those of schedules, and the one of RCU callbacks.
inline constexpr std::array<CpuId, sim::kMaxFibers> kAllCpus{CpuId{0}, CpuId{1}, CpuId{2}, CpuId{3},
                                                             sim::kRcuCpu};

// An index into Recording::events.
using EventIndex = std::size_t;
inline constexpr EventIndex kNoEvent = SIZE_MAX;

// For each CPU, the last of them the one of RCU callbacks: how many of its events happened before,
// this one included. The order is that of the Linux-kernel memory model without dependencies: a
// CPU's own events, locks, acquire and release, full read-modify-writes, barriers, grace periods,
// callbacks, and a free before the next allocation. Two events of which neither is in the other's
// clock are concurrent, whatever order this run took them in.
using VectorClock = std::array<std::uint32_t, sim::kMaxFibers>;

struct RecordedEvent {
  sim::Event event;
  sim::Effect effect;
  std::string op;
  std::string text;                  // As sim::describe().
  EventIndex reads_from = kNoEvent;  // Whose value a load took; none for what no event stored.
  VectorClock clock{};
};

// From an event to another; `to` is kNoEvent for what never ended.
struct Span {
  CpuId cpu{};
  EventIndex from = kNoEvent;
  EventIndex to = kNoEvent;
};

// A lock, held.
struct Hold : Span {
  std::string lock;  // "anon_vma0.lock": of whichever life.
  std::uintptr_t address = 0;
  bool is_shared = false;
};

// One life of a slab object; `cpu` allocated it.
struct ObjectLife : Span {
  std::string object;  // "anon_vma0"
  std::uintptr_t address = 0;
  sim::Life life = 0;
};

struct Recording {
  std::vector<RecordedEvent> events;
  std::vector<Span> sections;  // Outermost RCU read-side sections.
  std::vector<Hold> holds;
  std::vector<ObjectLife> lives;
  EventIndex guilty = kNoEvent;  // The blamed CPU's last event; none without a finding.
};

Recording record_of(const ReportInput& input);

// Of the CPU; kNoEvent where it has none.
EventIndex last_event_of(const Recording& recording, CpuId cpu);

// Whether the event `inner` lies inside the span.
bool covers(const Span& span, EventIndex inner);

// The field at an address without any number: "anon_vma.lock", "mm.ptes"; the type alone where
// there is no field; empty for an unknown address.
std::string place_in_type(const sim::MemoryMap& memory, std::uintptr_t address);

}  // namespace revenant
