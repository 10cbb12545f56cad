// Choices out of a schedule, and the way back: the schedule that a run in fact followed.
#pragma once

#include <array>
#include <optional>

#include "choice/choices.h"
#include "choice/walk.h"
#include "schedule/schedule.h"

namespace revenant {

// So what it asks is answered by default.
static_assert(kTearDownOp > kMaxAnchor);

class ScheduleChoices final : public Choices {
 public:
  // The schedule must be normalized and outlive the object.
  explicit ScheduleChoices(const Schedule& schedule);
  // `open` answers what the lists leave open, instead of a walk of the schedule's seed. For the
  // questions of one CPU alone there may be an object for each.
  ScheduleChoices(const Schedule& schedule, Choices& open);
  ScheduleChoices(const ScheduleChoices&) = delete;
  ScheduleChoices& operator=(const ScheduleChoices&) = delete;

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

  // Whether the walk has taken over, or answers what the lists leave open anyway.
  bool walks() const { return open_ != nullptr && asked_ >= schedule_.walk_from; }

 private:
  // Counts a question; true if the walk has taken over, and the lists count no more.
  bool is_past_lists() {
    return ++asked_ > schedule_.walk_from && schedule_.walk_from != 0 && open_ != nullptr;
  }
  bool fills_in() const { return open_ != nullptr && schedule_.walk_from == 0; }

  // Where in a list the entries of each CPU begin that have not been passed yet.
  using Cursors = std::array<std::uint32_t, kAnchorCpus>;

  const Schedule& schedule_;
  Cursors preemption_{};
  Cursors pick_{};
  std::optional<Walk> walk_;
  Choices* open_ = nullptr;
  std::uint32_t asked_ = 0;
};

// Passes questions on and writes down each answer that is not the default.
class ExplicitRecorder final : public Choices {
 public:
  ExplicitRecorder(Choices& source, Schedule& schedule);

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

  // False when some answer did not fit into the lists or anchors of a schedule.
  bool complete() const { return complete_; }

 private:
  Choices& source_;
  Schedule& schedule_;
  bool complete_ = true;
};

}  // namespace revenant
