// An exhaustive search spread over processes, in rounds.
//
// What is left of it is a list of parts, in the order of the search. In a round each of the first
// few parts goes on for a while, in a process of its own, knowing the states that were visited up
// to the last round; then what they visited is put together, and parts are cut in two until there
// are enough again. How many there are, and how long each goes on, does not depend on the number of
// processes that run at a time: so neither does anything that the search finds or counts.
#pragma once

#include <chrono>
#include <deque>
#include <nlohmann/json.hpp>

#include "cli/files.h"
#include "cli/verify_work.h"

namespace revenant {

struct VerifyTally {
  std::uint64_t programs = 0;
  std::uint64_t schedules = 0;
  std::uint64_t states = 0;
  double seconds = 0;  // Of the processes before this one too.
  // What a search met before it was interrupted is counted once more where it meets it again.
  bool states_are_exact = true;
  bool forgot_states = false;  // There were more than may be remembered, which are not counted.
};

class VerifySearch {
 public:
  // Reads the checkpoint, if there is one; throws UserError for one of another search or another
  // build, and where none can be written.
  VerifySearch(const Target& target, const VerifyOptions& options, Keeper& keeper);

  // Until the end, a finding, a crash, an interrupt or the end of the time. Keeps the checkpoint;
  // what fails of that, or that a process was killed, is noted for later.
  void run();

  const VerifyTally& tally() const { return tally_; }
  const std::optional<Failing>& failing() const { return failing_; }
  bool crashed() const { return crashed_; }
  bool is_finished() const { return parts_.empty() && next_program_ >= work_.size(); }

 private:
  using Clock = std::chrono::steady_clock;

  void fill_parts();
  void run_round();
  // Those of the first parts, in order, as far as they matter: to the first with a finding.
  std::vector<PartResult> run_parts(std::size_t count);
  std::string search_in_child(const VerifyPart& part, std::uint64_t budget);
  void take(const std::vector<PartResult>& results);
  void say_estimate() const;
  std::uint64_t budget() const;

  void read_checkpoint();
  void write_checkpoint() const;
  double seconds() const;
  double share_done() const;
  bool must_stop() const;
  void show_progress();

  Target target_;
  const VerifyOptions& options_;
  Keeper& keeper_;
  OpTable table_;
  VerifyWork work_;
  std::string search_text_;  // What a checkpoint must be of, and of which build.
  std::string build_;
  std::deque<VerifyPart> parts_;
  std::uint64_t next_program_ = 0;   // The first that is in no part yet.
  VisitedStates states_;             // Of the one program.
  std::uint64_t states_before_ = 0;  // Of the processes before this one.
  VerifyTally tally_;
  std::optional<Failing> failing_;
  bool crashed_ = false;
  bool stopped_ = false;
  bool line_open_ = false;
  Clock::time_point start_ = Clock::now();
  double before_ = 0;
  double last_line_ = 0;
  double last_checkpoint_ = 0;
};

nlohmann::ordered_json bound_json(const VerifyOptions& options);
std::string bound_text(const VerifyOptions& options);

}  // namespace revenant
