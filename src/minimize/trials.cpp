#include "minimize/trials.h"

#include <algorithm>

namespace revenant {
namespace {

// Some milliseconds.
constexpr std::size_t kBatch = 64;

}  // namespace

Trials::Trials(Judge& judge, const std::function<bool(std::uint64_t)>& keep_going)
    : judge_(judge), keep_going_(keep_going) {}

std::optional<std::size_t> Trials::first_failing(std::span<const Schedule> candidates) {
  for (std::size_t from = 0; from < candidates.size() && !is_stopped_; from += kBatch) {
    const auto batch = candidates.subspan(from, std::min(kBatch, candidates.size() - from));
    const std::optional<std::size_t> found = judge_.first_failing(batch);
    count(found ? *found + 1 : batch.size());
    if (found) return from + *found;
  }
  return std::nullopt;
}

std::vector<Questions> Trials::questions(std::span<const Schedule> candidates) {
  std::vector<Questions> all;
  for (std::size_t from = 0; from < candidates.size() && !is_stopped_; from += kBatch) {
    const auto batch = candidates.subspan(from, std::min(kBatch, candidates.size() - from));
    std::ranges::move(judge_.questions(batch), std::back_inserter(all));
    count(batch.size());
  }
  all.resize(candidates.size());
  return all;
}

void Trials::count(std::size_t executions) {
  executions_ += executions;
  if (keep_going_ && !keep_going_(executions_)) is_stopped_ = true;
}

}  // namespace revenant
