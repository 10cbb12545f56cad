#include "minimize/edits.h"

#include <algorithm>
#include <ranges>

namespace revenant {
namespace {

template <class List, class Predicate>
void erase_if(List& list, Predicate predicate) {
  list.erase(std::remove_if(list.begin(), list.end(), predicate), list.end());
}

// The CPU that runs callbacks keeps its number.
bool is_numbered(CpuId cpu) { return index_of(cpu) < kMaxScheduleCpus; }

CpuId moved_down(CpuId cpu, std::uint32_t removed) {
  const std::uint32_t index = index_of(cpu);
  return index > removed && is_numbered(cpu) ? CpuId{static_cast<std::uint8_t>(index - 1)} : cpu;
}

template <class List>
void forget_cpu(List& list, std::uint32_t removed) {
  erase_if(list, [removed](const auto& entry) { return index_of(entry.at.cpu) == removed; });
  for (auto& entry : list) entry.at.cpu = moved_down(entry.at.cpu, removed);
}

template <class List>
void forget_op(List& list, OpPlace place) {
  for (auto& entry : list) {
    if (index_of(entry.at.cpu) != place.cpu || entry.at.op < place.op) continue;
    if (entry.at.op == place.op) {
      entry.at.point = 0;
    } else {
      --entry.at.op;
    }
  }
}

// What now lies beyond all anchors lay beyond the end of its CPU before.
void forget_beyond_anchors(Schedule& schedule) {
  const auto is_beyond = [](const auto& entry) { return entry.at.op > kMaxAnchor; };
  erase_if(schedule.preemptions, is_beyond);
  erase_if(schedule.picks, is_beyond);
}

template <class List>
void make_room(List& list, OpPlace place) {
  for (auto& entry : list) {
    if (index_of(entry.at.cpu) == place.cpu && entry.at.op >= place.op) ++entry.at.op;
  }
}

struct Merge {
  std::size_t into;
  std::size_t from;
  std::size_t at;
  std::size_t count;  // Of ops that move.
};

template <class List>
void move_anchors(List& list, const Merge& merge) {
  for (auto& entry : list) {
    if (index_of(entry.at.cpu) == merge.from) {
      entry.at.cpu = CpuId{static_cast<std::uint8_t>(merge.into)};
      entry.at.op = static_cast<std::uint16_t>(entry.at.op + merge.at);
    } else if (index_of(entry.at.cpu) == merge.into && entry.at.op >= merge.at) {
      entry.at.op = static_cast<std::uint16_t>(entry.at.op + merge.count);
    }
  }
}

template <class List>
void renumber(List& list, std::span<const std::uint8_t> to) {
  for (auto& entry : list) {
    if (index_of(entry.at.cpu) < to.size()) entry.at.cpu = CpuId{to[index_of(entry.at.cpu)]};
  }
}

}  // namespace

std::vector<OpPlace> places_of(const Schedule& schedule) {
  std::vector<OpPlace> places;
  for (std::size_t cpu = 0; cpu < schedule.cpus.size(); ++cpu) {
    for (std::size_t op = 0; op < schedule.cpus[cpu].size(); ++op) places.push_back({cpu, op});
  }
  return places;
}

Schedule without_cpu(Schedule schedule, std::size_t cpu) {
  const auto removed = static_cast<std::uint32_t>(cpu);
  schedule.cpus.erase(schedule.cpus.begin() + static_cast<std::ptrdiff_t>(cpu));
  forget_cpu(schedule.preemptions, removed);
  forget_cpu(schedule.picks, removed);
  const auto heir = static_cast<std::uint8_t>(cpu % schedule.cpus.size());
  for (Preemption& p : schedule.preemptions) {
    p.to = index_of(p.to) == removed ? CpuId{heir} : moved_down(p.to, removed);
  }
  normalize(schedule);
  return schedule;
}

Schedule without_op(Schedule schedule, OpPlace place) {
  Ops& ops = schedule.cpus[place.cpu];
  ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(place.op));
  forget_op(schedule.preemptions, place);
  forget_op(schedule.picks, place);
  normalize(schedule);
  return schedule;
}

Schedule without_ops(Schedule schedule, std::span<const OpPlace> places) {
  for (const OpPlace& place : std::views::reverse(places)) {
    schedule = without_op(std::move(schedule), place);
  }
  return schedule;
}

Schedule with_op(Schedule schedule, OpPlace place, const OpCall& call) {
  Ops& ops = schedule.cpus[place.cpu];
  make_room(schedule.preemptions, place);
  make_room(schedule.picks, place);
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(place.op), call);
  forget_beyond_anchors(schedule);
  return schedule;
}

Schedule with_merged_cpus(Schedule schedule, std::size_t into, std::size_t from, std::size_t at) {
  const Ops moved = schedule.cpus[from];
  Ops& ops = schedule.cpus[into];
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at), moved.begin(), moved.end());
  const Merge merge{.into = into, .from = from, .at = at, .count = moved.size()};
  move_anchors(schedule.preemptions, merge);
  move_anchors(schedule.picks, merge);
  for (Preemption& p : schedule.preemptions) {
    if (index_of(p.to) == from) p.to = CpuId{static_cast<std::uint8_t>(into)};
  }
  erase_if(schedule.preemptions, [](const Preemption& p) { return p.to == p.at.cpu; });
  forget_beyond_anchors(schedule);
  return without_cpu(std::move(schedule), from);
}

Schedule with_renumbered_cpus(const Schedule& schedule, std::span<const std::uint8_t> to) {
  Schedule result = schedule;
  for (std::size_t cpu = 0; cpu < to.size(); ++cpu) result.cpus[to[cpu]] = schedule.cpus[cpu];
  renumber(result.preemptions, to);
  renumber(result.picks, to);
  for (Preemption& p : result.preemptions) {
    if (index_of(p.to) < to.size()) p.to = CpuId{to[index_of(p.to)]};
  }
  normalize(result);
  return result;
}

}  // namespace revenant
