#include "schedule/program_drawer.h"

#include <algorithm>

namespace revenant {

Swarm::Swarm(const OpTable& table, Rng& rng) : table_(table) {
  const auto op_count = static_cast<std::uint32_t>(table.specs().size());
  for (std::uint32_t op = 0; op < op_count; ++op) {
    if (!rng.one_in(8)) ops_.push_back(static_cast<std::uint8_t>(op));
  }
  while (ops_.size() < std::min(op_count, 2U)) {
    ops_.push_back(static_cast<std::uint8_t>(rng.below(op_count)));
  }
  breadths_ = rng.next();
}

OpCall Swarm::draw(Rng& rng) const {
  OpCall call;
  call.op = ops_[rng.below(static_cast<std::uint32_t>(ops_.size()))];
  std::size_t index = 0;
  for (const Argument& argument : table_.spec(call).arguments) {
    call.arguments[index++] = static_cast<std::uint8_t>(rng.below(breadth(argument)));
  }
  return call;
}

// How many values of the argument are in use: the same for all that go by its name.
std::uint32_t Swarm::breadth(const Argument& argument) const {
  std::uint64_t hash = breadths_;
  for (const char c : argument.name) hash = mix64(hash ^ static_cast<std::uint8_t>(c));
  return 1 + static_cast<std::uint32_t>(hash % argument.count);
}

// Other numbers than those of the walk.
ProgramDrawer::ProgramDrawer(const OpTable& table, const Schedule& start)
    : start_(start), rng_(mix64(std::uint64_t{*start.walk} << 32)), swarm_(table, rng_) {}

std::optional<OpCall> ProgramDrawer::next(CpuId cpu, bool walks) {
  Cpu& me = cpus_[index_of(cpu)];
  const Ops& start = start_.cpus[index_of(cpu)];
  if (!me.is_drawn && me.done < start.size() && !(walks && start_.walk_from != 0)) {
    return start[me.done];
  }
  me.is_drawn = true;
  if (me.done >= kMaxOpsPerCpu) return std::nullopt;
  return swarm_.draw(rng_);
}

bool ProgramDrawer::keeps(CpuId cpu, bool is_idle) {
  Cpu& me = cpus_[index_of(cpu)];
  if (me.is_drawn && is_idle && ++me.idle < kMaxIdle) return false;
  me.idle = 0;
  ++me.done;
  return true;
}

OpsByCpu drawn_ahead(const OpTable& table, const Schedule& schedule) {
  OpsByCpu programs = schedule.cpus;
  if (!schedule.draws) return programs;
  ProgramDrawer drawer(table, schedule);
  for (std::uint32_t i = 0; i < programs.size(); ++i) {
    const CpuId cpu{static_cast<std::uint8_t>(i)};
    programs[i].clear();
    while (const std::optional<OpCall> call = drawer.next(cpu, false)) {
      programs[i].push_back(*call);
      drawer.keeps(cpu, false);
    }
  }
  return programs;
}

}  // namespace revenant
