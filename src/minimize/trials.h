// Candidates before the judge, a batch at a time, so that somebody may end it between two.
#pragma once

#include <cstdint>
#include <functional>

#include "minimize/judge.h"

namespace revenant {

class Trials {
 public:
  // `keep_going` is asked with the number of executions after each batch; once it says false
  // nothing is run any more. Both must outlive the object.
  Trials(Judge& judge, const std::function<bool(std::uint64_t)>& keep_going);

  // None once stopped.
  std::optional<std::size_t> first_failing(std::span<const Schedule> candidates);
  // As many as there are candidates; empty lists once stopped.
  std::vector<Questions> questions(std::span<const Schedule> candidates);

  std::uint64_t executions() const { return executions_; }
  bool is_stopped() const { return is_stopped_; }

 private:
  void count(std::size_t executions);

  Judge& judge_;
  const std::function<bool(std::uint64_t)>& keep_going_;
  std::uint64_t executions_ = 0;
  bool is_stopped_ = false;
};

}  // namespace revenant
