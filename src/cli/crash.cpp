#include "cli/crash.h"

#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "cli/commands.h"
#include "native/machine.h"

namespace revenant {
namespace {

struct CaughtSignal {
  int number;
  std::string_view name;
};
constexpr std::array<CaughtSignal, 4> kSignals{
    {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}}};

// What the handler reads. It may come at any instruction: no allocation, no lock, no destructor.
constexpr std::size_t kMaxContextBytes = 1024;
std::array<char, kMaxContextBytes> context_text;
volatile std::size_t context_size_bytes = 0;
CrashNote* crash_note = nullptr;
std::uintptr_t stack_begin = 0;  // Of the thread itself; simulated CPUs have stacks of their own.
std::uintptr_t stack_end = 0;
std::atomic<pid_t> crashed_thread = 0;  // The first; 0 is none.

std::uintptr_t stack_pointer(const void* context) {
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(registers.gregs[REG_RSP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(registers.sp);
#else
#error "where does this machine keep the stack pointer of a signal's context?"
#endif
}

// A line that is written at once, so that the lines of jobs that crash together stay apart.
class Line {
 public:
  Line& operator<<(std::string_view text) {
    const std::size_t size = std::min(text.size(), text_.size() - size_bytes_);
    std::copy_n(text.data(), size, text_.data() + size_bytes_);
    size_bytes_ += size;
    return *this;
  }
  void write() const {
    // Nobody is left to hear of a failure.
    [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, text_.data(), size_bytes_);
  }

 private:
  std::array<char, kMaxContextBytes + 128> text_;
  std::size_t size_bytes_ = 0;
};

std::string_view signal_name(int number) {
  for (const CaughtSignal& caught : kSignals) {
    if (caught.number == number) return caught.name;
  }
  return "unknown signal";
}

// Only one thread may go on from here; what another one has to tell came later.
void be_the_first_to_crash() {
  pid_t none = 0;
  if (crashed_thread.compare_exchange_strong(none, ::gettid())) return;
  if (none == ::gettid()) ::_exit(kExitHarnessBug);
  for (;;) ::pause();
}

void on_crash(int number, siginfo_t* /*info*/, void* context) {
  be_the_first_to_crash();
  const std::uintptr_t at = stack_pointer(context);
  const bool on_cpu = native::Machine::is_on_cpu() || at < stack_begin || at >= stack_end;
  if (on_cpu && crash_note != nullptr) crash_note->signal_number = number;
  Line line;
  line << (on_cpu ? "revenant: crash (" : "revenant: harness bug: crash (") << signal_name(number)
       << ")";
  if (context_size_bytes > 0) {
    line << " in " << std::string_view(context_text.data(), context_size_bytes);
  }
  line << "\n";
  line.write();
  ::_exit(on_cpu ? kExitFinding : kExitHarnessBug);
}

void remember_own_stack() {
  pthread_attr_t attributes;
  void* begin = nullptr;
  std::size_t size_bytes = 0;
  REVENANT_CHECK(::pthread_getattr_np(::pthread_self(), &attributes) == 0);
  REVENANT_CHECK(::pthread_attr_getstack(&attributes, &begin, &size_bytes) == 0);
  ::pthread_attr_destroy(&attributes);
  // A little more: an overflow of this stack is the harness's too.
  constexpr std::uintptr_t kBelowBytes = 64 * 1024;
  stack_begin = reinterpret_cast<std::uintptr_t>(begin) - kBelowBytes;
  stack_end = reinterpret_cast<std::uintptr_t>(begin) + size_bytes;
}

}  // namespace

void catch_crashes() {
  remember_own_stack();
  // The stack that overflowed cannot carry the handler.
  constexpr std::size_t kStackBytes = 64 * 1024;
  static std::array<std::byte, kStackBytes> stack;
  const stack_t alternate{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  REVENANT_CHECK(::sigaltstack(&alternate, nullptr) == 0);
  struct sigaction action{};
  action.sa_sigaction = &on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const CaughtSignal& caught : kSignals) {
    REVENANT_CHECK(::sigaction(caught.number, &action, nullptr) == 0);
  }
}

void set_crash_context(std::string_view context) {
  context_size_bytes = 0;
  const std::size_t size = std::min(context.size(), context_text.size());
  std::copy_n(context.data(), size, context_text.data());
  context_size_bytes = size;
}

void note_crashes_in(CrashNote& note) { crash_note = &note; }

std::string crash_name(int signal_number) {
  return "crash (" + std::string(signal_name(signal_number)) + ")";
}

}  // namespace revenant
