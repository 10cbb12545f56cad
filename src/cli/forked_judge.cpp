#include "cli/forked_judge.h"

#include <algorithm>

namespace revenant {

using Task = CandidateBoard::Task;

void ForkedJudge::put(Task task, std::span<const Schedule> schedules) {
  CandidateBoard& board = process_.board();
  board.task = task;
  board.under_way = 0;
  board.schedule_count = static_cast<std::uint32_t>(schedules.size());
  std::ranges::copy(schedules, board.schedules.begin());
}

std::optional<Verdict> ForkedJudge::verdict_on(const Schedule& schedule) {
  constexpr int kTries = 20;
  const CandidateBoard& board = process_.board();
  for (int i = 0; i < kTries; ++i) {
    put(Task::kVerdict, {&schedule, 1});
    if (!process_.perform()) {
      return Verdict{.kind = "crash", .signature = process_.death(), .text = process_.death()};
    }
    if (!board.has_verdict) continue;
    return Verdict{
        .kind = board.kind.data(), .signature = board.signature.data(), .text = board.text.data()};
  }
  return std::nullopt;
}

Schedule ForkedJudge::made_explicit(const Schedule& schedule) {
  put(Task::kWriteOut, {&schedule, 1});
  // Of a run that crashed there is what it answered until then.
  process_.perform();
  Schedule written = process_.board().written;
  normalize(written);
  return written;
}

ForkedJudge::Failing ForkedJudge::failing_form(const Schedule& schedule) {
  const Schedule written = made_explicit(schedule);
  if (auto verdict = verdict_on(written)) return {written, std::move(verdict)};
  return {schedule, verdict_on(schedule)};
}

void ForkedJudge::look_for(std::string signature) {
  looked_for_ = std::move(signature);
  CandidateBoard::Text& text = process_.board().looked_for;
  const std::size_t size = std::min(looked_for_.size(), text.size() - 1);
  std::copy_n(looked_for_.data(), size, text.data());
  text[size] = '\0';
}

std::optional<std::size_t> ForkedJudge::first_failing(std::span<const Schedule> candidates) {
  const CandidateBoard& board = process_.board();
  for (std::size_t from = 0; from < candidates.size(); from += board.under_way + 1) {
    const std::size_t count = std::min(CandidateBoard::kSchedules, candidates.size() - from);
    put(Task::kFirstFailing, candidates.subspan(from, count));
    const bool fails = process_.perform()
                           ? board.has_verdict && board.signature.data() == looked_for_
                           : process_.death() == looked_for_;
    if (fails) return from + board.under_way;
  }
  return std::nullopt;
}

std::vector<Questions> ForkedJudge::questions(std::span<const Schedule> candidates) {
  std::vector<Questions> all;
  const CandidateBoard& board = process_.board();
  while (all.size() < candidates.size()) {
    const std::size_t from = all.size();
    const std::size_t count = std::min(CandidateBoard::kSchedules, candidates.size() - from);
    put(Task::kQuestions, candidates.subspan(from, count));
    process_.perform();
    for (std::size_t i = 0; i <= board.under_way; ++i) {
      const CandidateBoard::Run& run = board.runs[i];
      all.emplace_back(run.questions.begin(), run.questions.begin() + run.question_count);
    }
  }
  return all;
}

}  // namespace revenant
