#include "cli/candidate_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <string>

#include "base/check.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/outcome_printer.h"
#include "run/runner.h"
#include "schedule/schedule_choices.h"

namespace revenant {
namespace {

void put(CandidateBoard::Text& field, std::string_view text) {
  const std::size_t size = std::min(text.size(), field.size() - 1);
  std::copy_n(text.data(), size, field.data());
  field[size] = '\0';
}

// Passes questions on, and writes down those that a preemption could answer.
class QuestionKeeper final : public Choices {
 public:
  QuestionKeeper(Choices& source, CandidateBoard::Run& run) : source_(source), run_(run) {
    run_.question_count = 0;
  }

  CpuId next_cpu(const RunQuestion& question) override {
    if (run_.question_count < run_.questions.size() && question.at.op != kTearDownOp) {
      run_.questions[run_.question_count++] = question;
    }
    return source_.next_cpu(question);
  }
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override {
    return source_.pick(at, count);
  }

 private:
  Choices& source_;
  CandidateBoard::Run& run_;
};

// The side of the process that runs what is on the board.
class Candidates {
 public:
  Candidates(const Target& target, CandidateBoard& board)
      : board_(board), runner_(machine_, *target.subject, *target.variant, target.memory_model()) {}

  void perform() {
    board_.has_verdict = false;
    for (std::uint32_t i = 0; i < board_.schedule_count; ++i) {
      board_.under_way = i;
      if (perform(i) || is_used_up_) return;
    }
  }

  // UBSan reports a line of the source once in a process.
  bool is_used_up() const { return is_used_up_; }

 private:
  // True if this was all.
  bool perform(std::uint32_t index) {
    const Schedule& schedule = board_.schedules[index];
    switch (board_.task) {
      case CandidateBoard::Task::kVerdict:
        judge(schedule);
        return true;
      case CandidateBoard::Task::kWriteOut:
        note(runner_.run_and_write(schedule, {}, board_.written));
        return true;
      case CandidateBoard::Task::kFirstFailing:
        judge(schedule);
        return board_.has_verdict &&
               std::string_view(board_.signature.data()) == board_.looked_for.data();
      case CandidateBoard::Task::kQuestions:
        ask(schedule, board_.runs[index]);
        return false;
    }
    return true;
  }

  void judge(const Schedule& schedule) {
    const std::optional<Verdict> verdict = verdict_of_run(runner_, schedule);
    board_.has_verdict = verdict.has_value();
    if (!verdict) return;
    put(board_.kind, verdict->kind);
    put(board_.signature, verdict->signature);
    put(board_.text, verdict->text);
    is_used_up_ |= verdict->kind == name_of(FindingKind::kUbsan);
  }

  void ask(const Schedule& schedule, CandidateBoard::Run& run) {
    ScheduleChoices choices(schedule);
    QuestionKeeper keeper(choices, run);
    note(runner_.run(schedule, keeper));
  }

  void note(const Outcome& outcome) {
    is_used_up_ |= outcome.finding && outcome.finding->kind == FindingKind::kUbsan;
  }

  CandidateBoard& board_;
  sim::Machine machine_;
  Runner runner_;
  bool is_used_up_ = false;
};

// False when the other side is gone.
bool send_turn(int socket) {
  const char byte = 0;
  ssize_t count = 0;
  do {
    count = ::send(socket, &byte, 1, MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

bool await_turn(int socket) {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::recv(socket, &byte, 1, 0);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

int run_candidates(const Target& target, CandidateBoard& board, int socket) {
  note_crashes_in(board.crash);
  catch_crashes();
  Candidates candidates(target, board);
  while (!candidates.is_used_up() && await_turn(socket)) {
    candidates.perform();
    if (!send_turn(socket)) break;
  }
  return kExitClean;
}

}  // namespace

CandidateProcess::CandidateProcess(const Target& target) : target_(target) {
  void* const memory = ::mmap(nullptr, sizeof(CandidateBoard), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw UserError("cannot try candidates: no memory to be had");
  board_ = new (memory) CandidateBoard;
  errors_ = ::memfd_create("revenant-errors", MFD_CLOEXEC);
  if (errors_ >= 0) ::fcntl(errors_, F_SETFL, O_APPEND);
}

CandidateProcess::~CandidateProcess() {
  end();
  if (errors_ >= 0) ::close(errors_);
  ::munmap(board_, sizeof(CandidateBoard));
}

void CandidateProcess::start() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw UserError("cannot try candidates: no socket to be had");
  }
  process_ = start_child([&] {
    ::close(ends[0]);
    if (errors_ >= 0) ::dup2(errors_, STDERR_FILENO);
    return run_candidates(target_, *board_, ends[1]);
  });
  ::close(ends[1]);
  socket_ = ends[0];
  if (process_ > 0) return;
  process_ = 0;
  ::close(socket_);
  throw UserError("cannot try candidates: no process to be had");
}

void CandidateProcess::end() {
  if (process_ == 0) return;
  ::close(socket_);
  ::kill(process_, SIGKILL);
  wait_for_child(process_);
  process_ = 0;
}

bool CandidateProcess::perform() {
  board_->crash.signal_number = 0;
  // Reports of earlier candidates are of no interest.
  if (errors_ >= 0 && ::ftruncate(errors_, 0) != 0) return false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (process_ == 0) start();
    if (send_turn(socket_) && await_turn(socket_)) return true;
    if (!judge_end()) return false;
    // It was used up by the task before.
  }
  check_failed("a fresh process answers", __FILE__, __LINE__);
}

// True if the process ended as it should.
bool CandidateProcess::judge_end() {
  ::close(socket_);
  const int status = wait_for_child(process_);
  process_ = 0;
  if (board_->crash.signal_number != 0) {
    death_ = crash_name(board_->crash.signal_number);
    return false;
  }
  if (WIFSIGNALED(status)) {
    throw UserError(
        fmt::format("a process that tried candidates was killed by signal {}", WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) == kExitClean) return true;
  if (WEXITSTATUS(status) != kExitHarnessBug) {
    death_ = fmt::format("exit (status {})", WEXITSTATUS(status));
    return false;
  }
  std::string said(4096, '\0');
  const ssize_t count = ::pread(errors_, said.data(), said.size(), 0);
  said.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  throw std::runtime_error("in a process that tried candidates: " + said);
}

}  // namespace revenant
