// The passes that keep the number of ops.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <string_view>

#include "minimize/candidates.h"
#include "minimize/edits.h"

namespace revenant {
namespace {

// Of more ops there are too many ways to change two things at once.
constexpr std::size_t kFewOps = 6;
// More than so many calls of one op are not tried one by one.
constexpr std::size_t kFewCalls = 64;

std::size_t call_count(const OpSpec& spec) {
  std::size_t count = 1;
  for (const Argument& argument : spec.arguments) count *= argument.count;
  return count;
}

OpCall call_number(const OpSpec& spec, std::uint8_t op, std::size_t number) {
  OpCall call{.op = op};
  for (std::size_t i = 0; i < spec.arguments.size(); ++i) {
    call.arguments[i] = static_cast<std::uint8_t>(number % spec.arguments[i].count);
    number /= spec.arguments[i].count;
  }
  return call;
}

// Of an op with many arguments: all lowest, and where it is the old one, each a bit lower.
std::vector<OpCall> some_calls(std::uint8_t op, const OpCall& old) {
  std::vector<OpCall> calls{OpCall{.op = op}};
  for (std::size_t i = 0; op == old.op && i < kMaxArguments; ++i) {
    const std::uint8_t value = old.arguments[i];
    for (const int lower : {0, value / 2, value - 1}) {
      calls.push_back(old);
      calls.back().arguments[i] = static_cast<std::uint8_t>(std::max(lower, 0));
    }
  }
  return calls;
}

std::vector<OpCall> calls_up_to(const OpTable& table, const OpCall& old) {
  std::vector<OpCall> calls;
  for (std::uint8_t op = 0; op <= old.op; ++op) {
    const OpSpec& spec = table.specs()[op];
    if (call_count(spec) > kFewCalls) {
      std::ranges::copy(some_calls(op, old), std::back_inserter(calls));
      continue;
    }
    for (std::size_t number = 0; number < call_count(spec); ++number) {
      calls.push_back(call_number(spec, op, number));
    }
  }
  return calls;
}

// What becomes of one argument's values; the two change places, or both become the lower one.
struct Renaming {
  std::string_view argument;
  std::uint8_t lower = 0;
  std::uint8_t higher = 0;
  bool exchanges = false;

  std::uint8_t operator()(std::uint8_t value) const {
    if (value == higher) return lower;
    return exchanges && value == lower ? higher : value;
  }
};

Schedule renamed(Schedule schedule, const OpTable& table, const Renaming& renaming) {
  for (Ops& cpu : schedule.cpus) {
    for (OpCall& call : cpu) {
      const auto arguments = table.spec(call).arguments;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::uint8_t value = renaming(call.arguments[i]);
        if (arguments[i].name == renaming.argument && value < arguments[i].count) {
          call.arguments[i] = value;
        }
      }
    }
  }
  return schedule;
}

// By name, the values that a schedule uses.
std::set<std::pair<std::string_view, std::uint8_t>> used_values(const Schedule& schedule,
                                                                const OpTable& table) {
  std::set<std::pair<std::string_view, std::uint8_t>> used;
  for (const Ops& cpu : schedule.cpus) {
    for (const OpCall& call : cpu) {
      const auto arguments = table.spec(call).arguments;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        used.emplace(arguments[i].name, call.arguments[i]);
      }
    }
  }
  return used;
}

template <class List>
void move_anchors_earlier(const Schedule& schedule, List Schedule::* list, Candidates& candidates) {
  for (std::size_t i = 0; i < (schedule.*list).size(); ++i) {
    const Anchor at = (schedule.*list)[i].at;
    const auto put = [&](std::uint16_t op, std::uint16_t point) {
      candidates.push_back(schedule);
      Anchor& moved = (candidates.back().*list)[i].at;
      moved.op = op;
      moved.point = point;
      normalize(candidates.back());
    };
    for (std::uint16_t point = 0; point < at.point; ++point) put(at.op, point);
    if (at.op < kMaxAnchor) put(static_cast<std::uint16_t>(at.op + 1), 0);
  }
}

}  // namespace

Candidates with_a_cpu_less(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  const std::size_t count = schedule.cpus.size();
  for (std::size_t into = 0; into < count; ++into) {
    for (std::size_t from = 0; from < count; ++from) {
      const std::size_t ops = schedule.cpus[into].size();
      if (from == into || ops + schedule.cpus[from].size() > kMaxOpsPerCpu) continue;
      for (std::size_t at = ops + 1; at-- > 0;) {
        candidates.push_back(with_merged_cpus(schedule, into, from, at));
      }
    }
  }
  return candidates;
}

Candidates with_cpus_in_another_order(const Schedule& schedule, const OpTable& table) {
  Candidates candidates;
  std::array<std::uint8_t, kMaxScheduleCpus> order{};
  const std::span<std::uint8_t> to = std::span(order).first(schedule.cpus.size());
  std::iota(to.begin(), to.end(), std::uint8_t{0});
  while (std::ranges::next_permutation(to).found) {
    const Schedule renumbered = with_renumbered_cpus(schedule, to);
    std::ranges::copy(without_an_entry(renumbered, table), std::back_inserter(candidates));
    candidates.push_back(renumbered);
  }
  return candidates;
}

Candidates with_a_simpler_op(const Schedule& schedule, const OpTable& table) {
  Candidates candidates;
  for (const OpPlace& place : places_of(schedule)) {
    for (const OpCall& call : calls_up_to(table, schedule.cpus[place.cpu][place.op])) {
      candidates.push_back(schedule);
      candidates.back().cpus[place.cpu][place.op] = call;
    }
  }
  return candidates;
}

Candidates with_a_moved_op(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  for (const OpPlace& from : places_of(schedule)) {
    const OpCall call = schedule.cpus[from.cpu][from.op];
    const Schedule rest = without_op(schedule, from);
    for (std::size_t cpu = 0; cpu < rest.cpus.size(); ++cpu) {
      if (rest.cpus[cpu].size() == kMaxOpsPerCpu) continue;
      for (std::size_t op = 0; op <= rest.cpus[cpu].size(); ++op) {
        candidates.push_back(with_op(rest, {cpu, op}, call));
      }
    }
  }
  return candidates;
}

Candidates with_a_simpler_and_a_moved_op(const Schedule& schedule, const OpTable& table) {
  Candidates candidates;
  if (places_of(schedule).size() > kFewOps) return candidates;
  for (const Schedule& simpler : with_a_simpler_op(schedule, table)) {
    std::ranges::move(with_a_moved_op(simpler, table), std::back_inserter(candidates));
  }
  return candidates;
}

Candidates without_ops_and_renamed(const Schedule& schedule, const OpTable& table) {
  Candidates candidates;
  for (const Schedule& other : with_renamed_arguments(schedule, table)) {
    std::ranges::move(without_an_op(other, table), std::back_inserter(candidates));
    std::ranges::move(without_two_ops(other, table), std::back_inserter(candidates));
  }
  return candidates;
}

Candidates with_renamed_arguments(const Schedule& schedule, const OpTable& table) {
  Candidates candidates;
  for (const auto& [name, value] : used_values(schedule, table)) {
    for (std::uint8_t lower = 0; lower < value; ++lower) {
      for (const bool exchanges : {true, false}) {
        candidates.push_back(renamed(schedule, table, {name, lower, value, exchanges}));
      }
    }
  }
  return candidates;
}

Candidates with_an_earlier_anchor(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  move_anchors_earlier(schedule, &Schedule::preemptions, candidates);
  move_anchors_earlier(schedule, &Schedule::picks, candidates);
  return candidates;
}

Candidates with_a_lower_answer(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  for (std::size_t i = 0; i < schedule.picks.size(); ++i) {
    for (std::uint8_t value = 0; value < schedule.picks[i].value; ++value) {
      candidates.push_back(schedule);
      candidates.back().picks[i].value = value;
    }
  }
  for (std::size_t i = 0; i < schedule.preemptions.size(); ++i) {
    for (std::uint32_t to = 0; to < index_of(schedule.preemptions[i].to); ++to) {
      candidates.push_back(schedule);
      candidates.back().preemptions[i].to = CpuId{static_cast<std::uint8_t>(to)};
    }
  }
  return candidates;
}

}  // namespace revenant
