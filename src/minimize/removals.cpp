// The passes that take something away.
#include <algorithm>
#include <array>
#include <span>

#include "minimize/candidates.h"
#include "minimize/edits.h"
#include "minimize/order.h"

namespace revenant {
namespace {

// Entries are numbered: preemptions, then picks, then the walk.
Schedule without_entry(Schedule schedule, std::size_t entry) {
  const auto erase_at = [](auto& list, std::size_t index) {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
  };
  const std::size_t preemptions = schedule.preemptions.size();
  if (entry < preemptions) {
    erase_at(schedule.preemptions, entry);
  } else if (entry < preemptions + schedule.picks.size()) {
    erase_at(schedule.picks, entry - preemptions);
  } else {
    schedule.walk.reset();
  }
  normalize(schedule);
  return schedule;
}

}  // namespace

Candidates without_run_of_ops(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  const std::vector<OpPlace> places = places_of(schedule);
  for (std::size_t length = (places.size() + 1) / 2; length >= 2; length = (length + 1) / 2) {
    for (std::size_t from = 0; from < places.size(); from += length) {
      const std::size_t count = std::min(length, places.size() - from);
      candidates.push_back(without_ops(schedule, std::span(places).subspan(from, count)));
    }
    if (length == 2) break;
  }
  return candidates;
}

Candidates without_a_cpu(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  if (schedule.cpus.size() == 1) return candidates;
  for (std::size_t cpu = schedule.cpus.size(); cpu-- > 0;) {
    candidates.push_back(without_cpu(schedule, cpu));
  }
  return candidates;
}

Candidates without_an_op(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  for (const OpPlace& place : places_of(schedule)) {
    candidates.push_back(without_op(schedule, place));
  }
  // An op late on its CPU is less often the reason for another.
  std::ranges::reverse(candidates);
  return candidates;
}

Candidates without_two_ops(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  const std::vector<OpPlace> places = places_of(schedule);
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = i + 1; j < places.size(); ++j) {
      candidates.push_back(without_ops(schedule, std::array{places[i], places[j]}));
    }
  }
  return candidates;
}

Candidates without_an_entry(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  for (std::size_t entry = size_of(schedule).entries(); entry-- > 0;) {
    candidates.push_back(without_entry(schedule, entry));
  }
  return candidates;
}

Candidates without_two_entries(const Schedule& schedule, const OpTable& /*table*/) {
  Candidates candidates;
  for (std::size_t second = size_of(schedule).entries(); second-- > 1;) {
    for (std::size_t first = second; first-- > 0;) {
      candidates.push_back(without_entry(without_entry(schedule, second), first));
    }
  }
  return candidates;
}

}  // namespace revenant
