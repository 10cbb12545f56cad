#include "cli/interrupt.h"

#include <csignal>
#include <ctime>

namespace revenant {
namespace {

// No handler: under TSan a signal that meets a fiber may wait for ever to be handled. The signals
// are blocked, and looked for by who asks.
bool seen = false;
bool second_stops = false;

sigset_t interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  // The terminal is closed; nohup lets that pass.
  struct sigaction hangup{};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
    sigaddset(&set, SIGHUP);
  }
  return set;
}

void block(bool lets_second_through) {
  const sigset_t set = interrupts();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  second_stops = lets_second_through;
}

}  // namespace

void catch_interrupts() { block(true); }

void catch_every_interrupt() { block(false); }

bool was_interrupted() {
  if (seen) return true;
  const sigset_t set = interrupts();
  const timespec at_once{};
  if (::sigtimedwait(&set, nullptr, &at_once) < 0) return false;
  seen = true;
  if (second_stops) ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  return true;
}

}  // namespace revenant
