#include "cli/interrupt.h"

#include <csignal>

namespace revenant {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_any_interrupt(int /*signal_number*/) { interrupted = 1; }

void on_first_interrupt(int signal_number) {
  interrupted = 1;
  std::signal(signal_number, SIG_DFL);
}

void handle_with(void (*handler)(int)) {
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

}  // namespace

void catch_interrupts() { handle_with(&on_first_interrupt); }

void catch_every_interrupt() { handle_with(&on_any_interrupt); }

bool was_interrupted() { return interrupted != 0; }

}  // namespace revenant
