#include "schedule/schedule.h"

#include <algorithm>
#include <functional>

namespace revenant {
namespace {

// By insertion: the lists are short, mostly sorted, and std::stable_sort would allocate.
template <class List>
void sort_by_anchor(List& list) {
  const auto before = [](const auto& a, const auto& b) { return comes_before(a.at, b.at); };
  if (std::ranges::adjacent_find(list, std::not_fn(before)) == list.end()) return;
  for (auto it = list.begin(); it != list.end(); ++it) {
    std::rotate(std::upper_bound(list.begin(), it, *it, before), it, it + 1);
  }
  list.erase(std::unique(list.begin(), list.end(),
                         [](const auto& a, const auto& b) { return a.at == b.at; }),
             list.end());
}

}  // namespace

void normalize(Schedule& schedule) {
  if (schedule.cpus.empty()) schedule.cpus.emplace_back();
  sort_by_anchor(schedule.preemptions);
  sort_by_anchor(schedule.picks);
  if (!schedule.walk) {
    schedule.walk_from = 0;
    schedule.draws = false;
  }
}

}  // namespace revenant
