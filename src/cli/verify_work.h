// What `revenant verify` searches: one program, or all of a size; in parts that processes take.
#pragma once

#include <optional>
#include <string>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "run/verify.h"
#include "schedule/programs.h"

namespace revenant {

class VerifyWork {
 public:
  VerifyWork(const Target& target, const VerifyOptions& options);

  std::uint64_t size() const { return all_ ? all_->size() : 1; }
  // None for a number that stands for no program of its own.
  std::optional<Schedule> program(std::uint64_t number) const {
    return all_ ? all_->program(number) : one_;
  }
  bool is_one_program() const { return one_.has_value(); }

 private:
  OpTable table_;
  std::optional<Programs> all_;
  std::optional<Schedule> one_;
};

// Some programs, by number; of the first only a slice.
struct VerifyPart {
  std::uint64_t first = 0;
  std::uint64_t end = 1;
  VerifySlice slice{};
};

// How far a process came with a part.
struct PartResult {
  std::uint64_t programs = 0;
  std::uint64_t schedules = 0;
  std::uint64_t states = 0;  // Of many programs, those of each; of one they are news.
  bool forgot_states = false;
  std::optional<VerifyPart> left{};
  std::optional<Failing> failing{};
  std::vector<VisitedState> news{};
};

// Through a pipe.
std::string packed(const PartResult& result, const OpTable& table);
PartResult unpacked(const std::string& text, const OpTable& table);

// Searches the part in this process, for at most so many schedules where `budget` is not 0. What
// `states` has is passed over, where there is one program.
PartResult search_part(const Target& target, const VerifyOptions& options, const VerifyWork& work,
                       const VerifyPart& part, std::uint64_t budget, VisitedStates& states);

}  // namespace revenant
