// How a command shows the run of one schedule.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "report/timeline.h"
#include "run/schedule_runner.h"

namespace revenant {

// What a run comes to, as text; of a clean one, the timeline alone.
struct TracedRun {
  Outcome outcome;
  std::string first_line;
  std::string signature;
  std::string explanation;
  std::string timeline;
};

TracedRun run_traced(ScheduleRunner& runner, const Schedule& schedule, Colour colour);

// Runs the schedule with a trace, and gives what is made of that to `render` before the next run
// forgets it.
Outcome run_recorded(ScheduleRunner& runner, const Schedule& schedule,
                     const std::function<void(const ReportInput&)>& render);

// Several runs of one schedule, of which one is shown: the first that failed, else the last.
struct Repeated {
  TracedRun shown;
  std::uint32_t runs = 0;
  std::uint32_t failed = 0;
  std::uint64_t steps = 0;
};
// Of at most so many; `keep_going` is asked before each, if there is one.
Repeated run_repeatedly(ScheduleRunner& runner, const Schedule& schedule, std::uint32_t times,
                        Colour colour, const std::function<bool()>& keep_going = {});

// The findings of some schedules as SARIF.
class SarifLog {
 public:
  // Runs the schedule; without a finding nothing is added.
  void add(ScheduleRunner& runner, const Schedule& schedule, const std::string& file);
  // As of an other log's results().
  void add_results(const nlohmann::ordered_json& results);
  const nlohmann::ordered_json& results() const { return results_; }
  std::string text() const;

 private:
  nlohmann::ordered_json results_ = nlohmann::ordered_json::array();
};

// What a run showed, in words.
struct Verdict {
  std::string kind;
  std::string signature;  // Equal for two runs that show the same bug, and for no others.
  std::string text;
};
// Runs the schedule; none without a finding.
std::optional<Verdict> verdict_of_run(ScheduleRunner& runner, const Schedule& schedule);

}  // namespace revenant
