// Making a schedule smaller where a person may watch it, and stop it.
#pragma once

#include <chrono>
#include <string>

#include "cli/forked_judge.h"
#include "minimize/minimize.h"

namespace revenant {

// "3 CPUs, 5 ops, 2 preemptions, 0 choices"
std::string size_text(const Schedule& schedule);

// Requires that the schedule's verdict has the signature. An interrupt stops it. Where
// `shows_progress`, one line on stderr says how far it got.
Minimized minimize_for(const std::string& signature, const Schedule& failing, const OpTable& table,
                       ForkedJudge& judge, bool shows_progress);

// One line on stderr, refreshed some times a second; nothing if not `is_shown`.
class MinimizeLine {
 public:
  explicit MinimizeLine(bool is_shown) : is_shown_(is_shown) {}
  // Clears it.
  ~MinimizeLine();
  MinimizeLine(const MinimizeLine&) = delete;
  MinimizeLine& operator=(const MinimizeLine&) = delete;

  void update(const MinimizeProgress& now);

 private:
  bool is_shown_;
  bool is_open_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace revenant
