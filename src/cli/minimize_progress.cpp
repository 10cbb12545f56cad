#include "cli/minimize_progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace revenant {
namespace {

constexpr std::chrono::milliseconds kBetweenUpdates{100};

}  // namespace

std::string size_text(const Schedule& schedule) {
  const ScheduleSize size = size_of(schedule);
  return fmt::format("{} CPUs, {} ops, {} preemptions, {} choices{}", size.cpus, size.ops,
                     size.preemptions, size.picks, size.has_walk ? ", a walk" : "");
}

Minimized minimize_for(const std::string& signature, const Schedule& failing, const OpTable& table,
                       ForkedJudge& judge, bool shows_progress) {
  judge.look_for(signature);
  MinimizeLine line(shows_progress);
  return minimize(failing, table, judge, [&line](const MinimizeProgress& now) {
    line.update(now);
    return !was_interrupted();
  });
}

MinimizeLine::~MinimizeLine() {
  if (is_open_) std::fputs(kFreshLine, stderr);
}

void MinimizeLine::update(const MinimizeProgress& now) {
  if (!is_shown_ || std::chrono::steady_clock::now() < next_) return;
  next_ = std::chrono::steady_clock::now() + kBetweenUpdates;
  is_open_ = true;
  std::fputs(fmt::format("{}minimizing: {}; {} executions", kFreshLine, size_text(now.best),
                         now.executions)
                 .c_str(),
             stderr);
  std::fflush(stderr);
}

}  // namespace revenant
