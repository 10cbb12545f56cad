// A judge whose candidates run in a process of their own, and so may do anything: crash, or show
// what a sanitizer reports but once in a process.
#pragma once

#include <string>

#include "cli/candidate_process.h"
#include "cli/outcome_printer.h"
#include "minimize/judge.h"

namespace revenant {

class ForkedJudge final : public Judge {
 public:
  // The target must outlive the object.
  explicit ForkedJudge(const Target& target) : process_(target) {}

  // A crash has the kind "crash" and a signature such as "crash (SIGSEGV)". Runs it a
  // few times where it shows nothing: a sanitizer may see a race by chance only.
  std::optional<Verdict> verdict_on(const Schedule& schedule);
  // The schedule with every op and answer of its run written out, so that it needs no walk, and
  // what that shows. Unchanged where that does not fit into a schedule, or shows nothing.
  // Normalized.
  struct Failing {
    Schedule schedule;
    std::optional<Verdict> verdict;
  };
  Failing failing_form(const Schedule& schedule);

  // A candidate fails, from now on, if its verdict has this signature.
  void look_for(std::string signature);
  std::optional<std::size_t> first_failing(std::span<const Schedule> candidates) override;
  std::vector<Questions> questions(std::span<const Schedule> candidates) override;

 private:
  Schedule made_explicit(const Schedule& schedule);
  void put(CandidateBoard::Task task, std::span<const Schedule> schedules);

  CandidateProcess process_;
  std::string looked_for_;
};

}  // namespace revenant
