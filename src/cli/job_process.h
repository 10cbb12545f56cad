// One job of a search, in a process of its own that does not outlive this one.
#pragma once

#include <sys/types.h>

#include <exception>
#include <functional>
#include <string>

namespace revenant {

class JobProcess {
 public:
  // Starts work() in a new process; what it returns comes back through a pipe. Throws UserError
  // where the system has no process left.
  explicit JobProcess(const std::function<std::string()>& work);
  // Ends the process at once if it still runs.
  ~JobProcess();
  JobProcess(const JobProcess&) = delete;
  JobProcess& operator=(const JobProcess&) = delete;

  // What a poll() for news waits on; negative when there will be none.
  int pipe() const { return pipe_; }
  bool is_running() const { return pipe_ >= 0; }
  // Requires is_running() and that the pipe is readable.
  void read_some();
  // The work should end early, as if interrupted, and still give its result.
  void ask_to_stop() const;
  // Reads to the end; asks to stop once this process is interrupted.
  void finish();

  // --- When it no longer runs. ---

  // The code under test crashed; there is no result.
  bool crashed() const { return crashed_; }
  // Null, or there is no result either. A UserError: somebody killed it, or the system had nothing
  // left for it. Another: a bug of ours ended it, and it said which on stderr.
  const std::exception_ptr& failure() const { return failure_; }
  const std::string& result() const { return result_; }

 private:
  void judge_end();

  pid_t process_ = 0;
  int pipe_ = -1;
  bool crashed_ = false;
  std::exception_ptr failure_;
  std::string result_;
};

}  // namespace revenant
