#include "cli/job_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "base/user_error.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/interrupt.h"

namespace revenant {
namespace {

constexpr int kPipeBroke = 4;

int do_and_tell(const std::function<std::string()>& work, int pipe) {
  const std::string text = work();
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(pipe, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return kPipeBroke;
    done += static_cast<std::size_t>(written);
  }
  return kExitClean;
}

}  // namespace

JobProcess::JobProcess(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw UserError("cannot start a job: no pipe to be had");
  process_ = start_child([&] {
    ::close(ends[0]);
    return do_and_tell(work, ends[1]);
  });
  ::close(ends[1]);
  pipe_ = ends[0];
  if (process_ > 0) return;
  ::close(pipe_);
  throw UserError("cannot start a job: no process to be had");
}

JobProcess::~JobProcess() {
  if (!is_running()) return;
  ::close(pipe_);
  ::kill(process_, SIGKILL);
  wait_for_child(process_);
}

void JobProcess::read_some() {
  char buffer[64 * 1024];
  const ssize_t count = ::read(pipe_, buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return;
  if (count > 0) {
    result_.append(buffer, static_cast<std::size_t>(count));
    return;
  }
  ::close(pipe_);
  pipe_ = -1;
  judge_end();
}

void JobProcess::finish() {
  constexpr int kMilliseconds = 100;  // Until somebody asks again for interrupts.
  while (is_running()) {
    if (was_interrupted()) ask_to_stop();
    pollfd news{.fd = pipe_, .events = POLLIN, .revents = 0};
    if (::poll(&news, 1, kMilliseconds) > 0) read_some();
  }
}

void JobProcess::judge_end() {
  const int status = wait_for_child(process_);
  if (WIFSIGNALED(status)) {
    failure_ = std::make_exception_ptr(
        UserError(fmt::format("a job was killed by signal {}", WTERMSIG(status))));
    return;
  }
  switch (WEXITSTATUS(status)) {
    case kExitClean:
      return;
    case kExitFinding:
      crashed_ = true;
      return;
    case kExitUsage:
      failure_ = std::make_exception_ptr(UserError("a job could not do its work"));
      return;
    default:
      failure_ = std::make_exception_ptr(std::runtime_error(fmt::format(
          "a job ended with status {}, and what it knew is lost", WEXITSTATUS(status))));
  }
}

void JobProcess::ask_to_stop() const {
  if (is_running()) ::kill(process_, SIGTERM);
}

}  // namespace revenant
