#include "schedule/mutator.h"

#include <algorithm>

namespace revenant {
namespace {

std::uint32_t any_cpu(const Schedule& schedule, Rng& rng) {
  return rng.below(static_cast<std::uint32_t>(schedule.cpus.size()));
}

// Anchors in the ops of a CPU stay with their ops when one is put in or taken away at `position`.
template <class List>
void make_room(List& list, std::uint32_t cpu, std::uint32_t position) {
  for (auto& entry : list) {
    const bool is_behind = index_of(entry.at.cpu) == cpu && entry.at.op >= position;
    if (is_behind && entry.at.op < kMaxAnchor) ++entry.at.op;
  }
}

template <class List>
void close_gap(List& list, std::uint32_t cpu, std::uint32_t position) {
  const auto in_gap = [&](const auto& entry) {
    return index_of(entry.at.cpu) == cpu && entry.at.op == position;
  };
  list.erase(std::remove_if(list.begin(), list.end(), in_gap), list.end());
  for (auto& entry : list) {
    if (index_of(entry.at.cpu) == cpu && entry.at.op > position) --entry.at.op;
  }
}

void insert_op(Schedule& schedule, std::uint32_t cpu, std::uint32_t position, const OpCall& call) {
  Ops& ops = schedule.cpus[cpu];
  ops.insert(ops.begin() + position, call);
  make_room(schedule.preemptions, cpu, position);
  make_room(schedule.picks, cpu, position);
}

OpCall take_op(Schedule& schedule, std::uint32_t cpu, std::uint32_t position) {
  Ops& ops = schedule.cpus[cpu];
  const OpCall taken = ops[position];
  ops.erase(ops.begin() + position);
  close_gap(schedule.preemptions, cpu, position);
  close_gap(schedule.picks, cpu, position);
  return taken;
}

void add_op(Schedule& schedule, const OpTable& table, Rng& rng) {
  if (schedule.cpus.size() < kMaxScheduleCpus && rng.one_in(4)) schedule.cpus.emplace_back();
  const std::uint32_t cpu = any_cpu(schedule, rng);
  const auto size = static_cast<std::uint32_t>(schedule.cpus[cpu].size());
  if (size == kMaxOpsPerCpu) return;
  insert_op(schedule, cpu, rng.below(size + 1), any_op(table, rng));
}

void remove_op(Schedule& schedule, Rng& rng) {
  const std::uint32_t cpu = any_cpu(schedule, rng);
  const auto size = static_cast<std::uint32_t>(schedule.cpus[cpu].size());
  if (size != 0) take_op(schedule, cpu, rng.below(size));
}

void replace_op(Schedule& schedule, const OpTable& table, Rng& rng) {
  Ops& ops = schedule.cpus[any_cpu(schedule, rng)];
  if (ops.empty()) return;
  ops[rng.below(static_cast<std::uint32_t>(ops.size()))] = any_op(table, rng);
}

void move_op(Schedule& schedule, Rng& rng) {
  const std::uint32_t from = any_cpu(schedule, rng);
  const std::uint32_t to = any_cpu(schedule, rng);
  const auto size = static_cast<std::uint32_t>(schedule.cpus[from].size());
  if (size == 0 || schedule.cpus[to].size() == kMaxOpsPerCpu) return;
  const OpCall moved = take_op(schedule, from, rng.below(size));
  const auto room = static_cast<std::uint32_t>(schedule.cpus[to].size()) + 1;
  insert_op(schedule, to, rng.below(room), moved);
}

Anchor any_anchor(const Schedule& schedule, Rng& rng) {
  constexpr std::uint32_t kUsualPoints = 32;
  const std::uint32_t cpu = rng.below(static_cast<std::uint32_t>(schedule.cpus.size()));
  const auto ops = static_cast<std::uint32_t>(schedule.cpus[cpu].size());
  return {.cpu = CpuId{static_cast<std::uint8_t>(cpu)},
          .op = static_cast<std::uint16_t>(rng.below(ops + 1)),
          .point = static_cast<std::uint16_t>(rng.below(kUsualPoints))};
}

template <class List>
void remove_any(List& list, Rng& rng) {
  if (list.empty()) return;
  list.erase(list.begin() + rng.below(static_cast<std::uint32_t>(list.size())));
}

template <class List>
void shift_any(List& list, Rng& rng) {
  if (list.empty()) return;
  std::uint16_t& point = list[rng.below(static_cast<std::uint32_t>(list.size()))].at.point;
  if (rng.one_in(2)) {
    point = std::min<std::uint16_t>(kMaxAnchor, static_cast<std::uint16_t>(point + 1));
  } else if (point > 0) {
    --point;
  }
}

void add_preemption(Schedule& schedule, Rng& rng) {
  if (schedule.preemptions.size() == kMaxPreemptions) return;
  const CpuId to{static_cast<std::uint8_t>(rng.below(kAnchorCpus))};
  schedule.preemptions.push_back({.at = any_anchor(schedule, rng), .to = to});
}

void add_pick(Schedule& schedule, Rng& rng) {
  if (schedule.picks.size() == kMaxPicks) return;
  const auto value = static_cast<std::uint8_t>(1 + rng.below(3));
  schedule.picks.push_back({.at = any_anchor(schedule, rng), .value = value});
}

// Over the whole run, or in place of its end.
void draw_walk(Schedule& schedule, Rng& rng) {
  constexpr std::uint32_t kUsualQuestions = 96;
  schedule.walk = static_cast<std::uint32_t>(rng.next());
  schedule.walk_from = rng.one_in(2) ? 0 : static_cast<std::uint16_t>(rng.below(kUsualQuestions));
}

void change(Schedule& schedule, const OpTable& table, Rng& rng) {
  switch (rng.below(10)) {
    case 0:
      return add_op(schedule, table, rng);
    case 1:
      return remove_op(schedule, rng);
    case 2:
      return replace_op(schedule, table, rng);
    case 3:
      return move_op(schedule, rng);
    case 4:
      return add_preemption(schedule, rng);
    case 5:
      return rng.one_in(2) ? remove_any(schedule.preemptions, rng)
                           : remove_any(schedule.picks, rng);
    case 6:
      return rng.one_in(2) ? shift_any(schedule.preemptions, rng) : shift_any(schedule.picks, rng);
    case 7:
      return add_pick(schedule, rng);
    default:
      draw_walk(schedule, rng);
  }
}

}  // namespace

Schedule mutate(Schedule schedule, const OpTable& table, Rng& rng) {
  normalize(schedule);
  do {
    change(schedule, table, rng);
  } while (rng.one_in(2));
  normalize(schedule);
  return schedule;
}

Schedule with_another_end(Schedule schedule, Rng& rng) {
  schedule.walk = static_cast<std::uint32_t>(rng.next());
  // A run has from some ten to some hundred questions, and nobody says how many.
  schedule.walk_from = static_cast<std::uint16_t>(1 + rng.below(16U << rng.below(6)));
  const bool is_empty =
      std::ranges::all_of(schedule.cpus, [](const Ops& ops) { return ops.empty(); });
  schedule.draws = is_empty || rng.one_in(2);
  return schedule;
}

Schedule cross_over(const Schedule& a, const Schedule& b, Rng& rng) {
  Schedule child = rng.one_in(2) ? a : b;
  const Schedule& other = child == a ? b : a;
  if (other.cpus.empty()) return child;
  const std::uint32_t cpu = rng.below(static_cast<std::uint32_t>(other.cpus.size()));
  if (cpu >= child.cpus.size()) child.cpus.resize(cpu + 1);
  child.cpus[cpu] = other.cpus[cpu];
  const auto of_cpu = [cpu](const auto& entry) { return index_of(entry.at.cpu) == cpu; };
  child.preemptions.erase(
      std::remove_if(child.preemptions.begin(), child.preemptions.end(), of_cpu),
      child.preemptions.end());
  for (const Preemption& p : other.preemptions) {
    if (of_cpu(p) && child.preemptions.size() < kMaxPreemptions) child.preemptions.push_back(p);
  }
  if (rng.one_in(2)) {
    child.walk = other.walk;
    child.walk_from = other.walk_from;
    child.draws = other.draws;
  }
  normalize(child);
  return child;
}

}  // namespace revenant
