#include "cli/child.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include "base/user_error.h"
#include "cli/commands.h"
#include "cli/interrupt.h"

namespace revenant {
namespace {

constexpr int kNoParent = 4;

}  // namespace

pid_t start_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNoParent);  // It died before it could be watched.
  catch_every_interrupt();
  // What is thrown must not unwind the parent's frames, which end its other children.
  try {
    ::_exit(work());
  } catch (const UserError& error) {
    std::fprintf(stderr, "revenant: %s\n", error.what());
    ::_exit(kExitUsage);
  } catch (const std::system_error& error) {  // As where the system has no thread left.
    std::fprintf(stderr, "revenant: %s\n", error.what());
    ::_exit(kExitUsage);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "revenant: harness bug: %s\n", error.what());
    ::_exit(kExitHarnessBug);
  }
}

int wait_for_child(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace revenant
