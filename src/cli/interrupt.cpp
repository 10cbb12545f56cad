#include "cli/interrupt.h"

#include <csignal>

namespace revenant {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int signal_number) {
  interrupted = 1;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, &on_interrupt);
  std::signal(SIGTERM, &on_interrupt);
}

bool was_interrupted() { return interrupted != 0; }

}  // namespace revenant
