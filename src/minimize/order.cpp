#include "minimize/order.h"

#include <array>
#include <compare>
#include <numeric>
#include <vector>

namespace revenant {
namespace {

template <class List>
std::size_t late_entries(const List& list) {
  std::size_t count = 0;
  for (const auto& entry : list) count += entry.at.point == 0 ? 0 : 1;
  return count;
}

// Ordered as schedules are, up to content.
std::array<std::size_t, 7> weight_of(const Schedule& schedule) {
  const ScheduleSize size = size_of(schedule);
  std::size_t ops = 0;
  std::size_t arguments = 0;
  for (const Ops& cpu : schedule.cpus) {
    for (const OpCall& call : cpu) {
      ops += call.op;
      arguments = std::accumulate(call.arguments.begin(), call.arguments.end(), arguments);
    }
  }
  std::size_t picks = 0;
  for (const Pick& pick : schedule.picks) picks += pick.value;
  const std::size_t late = late_entries(schedule.preemptions) + late_entries(schedule.picks);
  return {size.ops, size.cpus, size.entries(), ops, arguments, late, picks};
}

void append(std::vector<std::size_t>& content, const Anchor& at, std::size_t answer) {
  content.insert(content.end(), {index_of(at.cpu), at.op, at.point, answer});
}

std::vector<std::size_t> content_of(const Schedule& schedule) {
  std::vector<std::size_t> content;
  for (const Ops& cpu : schedule.cpus) {
    content.push_back(cpu.size());
    for (const OpCall& call : cpu) {
      content.push_back(call.op);
      content.insert(content.end(), call.arguments.begin(), call.arguments.end());
    }
  }
  for (const Preemption& p : schedule.preemptions) append(content, p.at, index_of(p.to));
  for (const Pick& p : schedule.picks) append(content, p.at, p.value);
  if (schedule.walk)
    content.insert(content.end(), {*schedule.walk, schedule.walk_from, schedule.draws ? 1U : 0U});
  return content;
}

}  // namespace

ScheduleSize size_of(const Schedule& schedule) {
  ScheduleSize size{.cpus = schedule.cpus.size(),
                    .preemptions = schedule.preemptions.size(),
                    .picks = schedule.picks.size(),
                    .has_walk = schedule.walk.has_value()};
  for (const Ops& cpu : schedule.cpus) size.ops += schedule.draws ? kMaxOpsPerCpu : cpu.size();
  return size;
}

bool is_smaller(const Schedule& a, const Schedule& b) {
  const auto by_weight = weight_of(a) <=> weight_of(b);
  return by_weight != 0 ? by_weight < 0 : content_of(a) < content_of(b);
}

}  // namespace revenant
