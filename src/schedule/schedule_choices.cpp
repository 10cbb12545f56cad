#include "schedule/schedule_choices.h"

namespace revenant {
namespace {

// The entry for the question `at`, or nullptr. Questions of one CPU come in order, so each entry is
// passed once in a run.
template <class List>
const typename List::value_type* entry_at(const List& list, std::uint32_t& cursor,
                                          const Anchor& at) {
  while (cursor < list.size() && comes_before(list[cursor].at, at)) ++cursor;
  if (cursor == list.size() || !(list[cursor].at == at)) return nullptr;
  return &list[cursor];
}

template <class List, class Cursors>
void find_starts(const List& list, Cursors& cursors) {
  for (std::uint32_t cpu = 0; cpu < cursors.size(); ++cpu) {
    std::uint32_t& cursor = cursors[cpu];
    while (cursor < list.size() && index_of(list[cursor].at.cpu) < cpu) ++cursor;
  }
}

bool fits(const Anchor& at) { return at.op <= kMaxAnchor && at.point <= kMaxAnchor; }

}  // namespace

ScheduleChoices::ScheduleChoices(const Schedule& schedule) : schedule_(schedule) {
  find_starts(schedule.preemptions, preemption_);
  find_starts(schedule.picks, pick_);
  if (schedule.walk) open_ = &walk_.emplace(*schedule.walk).choices();
}

ScheduleChoices::ScheduleChoices(const Schedule& schedule, Choices& open)
    : schedule_(schedule), open_(&open) {
  find_starts(schedule.preemptions, preemption_);
  find_starts(schedule.picks, pick_);
}

CpuId ScheduleChoices::next_cpu(const RunQuestion& question) {
  const Anchor& at = question.at;
  const CpuMask runnable = question.runnable;
  if (at.op == kTearDownOp) return default_cpu(at.cpu, runnable);
  if (is_past_lists()) return open_->next_cpu(question);
  const Preemption* const forced =
      entry_at(schedule_.preemptions, preemption_[index_of(at.cpu)], at);
  if (forced != nullptr && (runnable & mask_of(forced->to)) != 0) return forced->to;
  return fills_in() ? open_->next_cpu(question) : default_cpu(at.cpu, runnable);
}

std::uint32_t ScheduleChoices::pick(const Anchor& at, std::uint32_t count) {
  if (at.op == kTearDownOp) return 0;
  if (is_past_lists()) return open_->pick(at, count);
  const Pick* const forced = entry_at(schedule_.picks, pick_[index_of(at.cpu)], at);
  if (forced != nullptr) return forced->value % count;
  return fills_in() ? open_->pick(at, count) : 0;
}

ExplicitRecorder::ExplicitRecorder(Choices& source, Schedule& schedule)
    : source_(source), schedule_(schedule) {}

CpuId ExplicitRecorder::next_cpu(const RunQuestion& question) {
  const Anchor& at = question.at;
  const CpuId chosen = source_.next_cpu(question);
  if (chosen == default_cpu(at.cpu, question.runnable)) return chosen;
  if (fits(at) && schedule_.preemptions.size() < kMaxPreemptions) {
    schedule_.preemptions.push_back({.at = at, .to = chosen});
  } else {
    complete_ = false;
  }
  return chosen;
}

std::uint32_t ExplicitRecorder::pick(const Anchor& at, std::uint32_t count) {
  const std::uint32_t chosen = source_.pick(at, count);
  if (chosen == 0) return chosen;
  if (fits(at) && schedule_.picks.size() < kMaxPicks && chosen <= 255) {
    schedule_.picks.push_back({.at = at, .value = static_cast<std::uint8_t>(chosen)});
  } else {
    complete_ = false;
  }
  return chosen;
}

}  // namespace revenant
