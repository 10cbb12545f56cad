// A process that runs schedules which this one puts on a board that both can see.
//
// The code under test never runs here, so what it breaks is gone with the process. One process runs
// many schedules, one after the other: it costs a fork only to start, and where a verdict uses it
// up.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/crash.h"
#include "schedule/schedule.h"

namespace revenant {

// Both sides read and write it, by turns. Text ends with a zero and may be cut off.
struct CandidateBoard {
  static constexpr std::size_t kSchedules = 64;
  static constexpr std::size_t kQuestions = 400;  // Of one run; the rest is not kept.
  static constexpr std::size_t kTextBytes = 1024;
  using Text = std::array<char, kTextBytes>;

  enum class Task : std::uint8_t {
    kVerdict,       // On schedule 0.
    kWriteOut,      // Schedule 0 with every answer of its run, into `written`: not normalized.
    kFirstFailing,  // Up to the first with the signature that is looked for.
    kQuestions,     // Of all.
  };
  struct Run {
    std::uint32_t question_count = 0;
    std::array<RunQuestion, kQuestions> questions{};
  };

  Task task{};
  std::uint32_t schedule_count = 0;
  std::array<Schedule, kSchedules> schedules{};
  Text looked_for{};

  std::uint32_t under_way = 0;  // The schedule that runs, or ran last.
  bool has_verdict = false;     // On that.
  Text kind{};
  Text signature{};
  Text text{};
  Schedule written;
  std::array<Run, kSchedules> runs{};
  CrashNote crash;
};

class CandidateProcess {
 public:
  // The target must outlive the object.
  explicit CandidateProcess(const Target& target);
  // Ends the process.
  ~CandidateProcess();
  CandidateProcess(const CandidateProcess&) = delete;
  CandidateProcess& operator=(const CandidateProcess&) = delete;

  CandidateBoard& board() { return *board_; }

  // Does the board's task, in a fresh process where the last one is used up, up to the schedule
  // board().under_way: a verdict may end it early. False if the process died of that schedule.
  // Throws UserError where the system has no process left or somebody killed it, and another
  // exception where the harness is at fault.
  bool perform();
  // After that, of what: "crash (SIGSEGV)", or "exit (status 1)" where a sanitizer does not go on.
  const std::string& death() const { return death_; }

 private:
  void start();
  void end();
  bool judge_end();

  const Target& target_;
  CandidateBoard* board_ = nullptr;
  pid_t process_ = 0;  // 0 is none.
  int socket_ = -1;
  std::string death_;
  int errors_ = -1;  // A file in memory: what the process says on stderr.
};

}  // namespace revenant
