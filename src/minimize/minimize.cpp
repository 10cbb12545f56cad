#include "minimize/minimize.h"

#include <algorithm>

namespace revenant {
namespace {

template <class List, class Predicate>
void erase_if(List& list, Predicate predicate) {
  list.erase(std::remove_if(list.begin(), list.end(), predicate), list.end());
}

// What the CPU is called when `removed` is gone; the one that runs callbacks keeps its number.
CpuId moved_down(CpuId cpu, std::uint32_t removed) {
  const std::uint32_t index = index_of(cpu);
  const bool moves = index > removed && index < kMaxScheduleCpus;
  return moves ? CpuId{static_cast<std::uint8_t>(index - 1)} : cpu;
}

template <class List>
void forget_cpu(List& list, std::uint32_t removed) {
  erase_if(list, [removed](const auto& entry) { return index_of(entry.at.cpu) == removed; });
  for (auto& entry : list) entry.at.cpu = moved_down(entry.at.cpu, removed);
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
  return schedule;
}

// Where the op was, its CPU now begins the next one, or ends: entries of the op move to that point.
template <class List>
void forget_op(List& list, std::size_t cpu, std::size_t op) {
  for (auto& entry : list) {
    if (index_of(entry.at.cpu) != cpu || entry.at.op < op) continue;
    if (entry.at.op == op) {
      entry.at.point = 0;
    } else {
      --entry.at.op;
    }
  }
}

Schedule without_op(Schedule schedule, std::size_t cpu, std::size_t op) {
  Ops& ops = schedule.cpus[cpu];
  ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(op));
  forget_op(schedule.preemptions, cpu, op);
  forget_op(schedule.picks, cpu, op);
  return schedule;
}

class Minimizer {
 public:
  Minimizer(Schedule failing, const StillFails& still_fails)
      : best_(std::move(failing)), still_fails_(still_fails) {}

  Schedule run() {
    do {
      changed_ = false;
      drop_cpus();
      drop_ops();
      drop_entries(&Schedule::preemptions);
      drop_entries(&Schedule::picks);
    } while (changed_);
    return best_;
  }

 private:
  bool accept(Schedule candidate) {
    normalize(candidate);
    if (!still_fails_(candidate)) return false;
    best_ = candidate;
    changed_ = true;
    return true;
  }

  void drop_cpus() {
    for (std::size_t cpu = best_.cpus.size(); cpu-- > 0 && best_.cpus.size() > 1;) {
      accept(without_cpu(best_, cpu));
    }
  }

  void drop_ops() {
    for (std::size_t cpu = 0; cpu < best_.cpus.size(); ++cpu) {
      for (std::size_t op = best_.cpus[cpu].size(); op-- > 0;) accept(without_op(best_, cpu, op));
    }
  }

  template <class List>
  void drop_entries(List Schedule::* list) {
    for (std::size_t i = (best_.*list).size(); i-- > 0;) {
      Schedule candidate = best_;
      (candidate.*list).erase((candidate.*list).begin() + static_cast<std::ptrdiff_t>(i));
      accept(candidate);
    }
  }

  Schedule best_;
  const StillFails& still_fails_;
  bool changed_ = false;
};

}  // namespace

Schedule minimize(Schedule failing, const StillFails& still_fails) {
  return Minimizer(std::move(failing), still_fails).run();
}

}  // namespace revenant
