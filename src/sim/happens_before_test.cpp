#include "sim/happens_before.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <csignal>

namespace revenant::sim {
namespace {

std::atomic<int> alarms;

class OnAlarm {
 public:
  OnAlarm() {
    struct sigaction action{};
    action.sa_handler = [](int /*number*/) { alarms.fetch_add(1, std::memory_order_relaxed); };
    ::sigaction(SIGALRM, &action, &before_);
  }
  ~OnAlarm() { ::sigaction(SIGALRM, &before_, nullptr); }
  OnAlarm(const OnAlarm&) = delete;
  OnAlarm& operator=(const OnAlarm&) = delete;

 private:
  struct sigaction before_{};
};

// TSan keeps signals for the context that they came in. Somebody's Ctrl-C is to end a search.
TEST(ClockCarrier, ASignalThatComesWhileItWorksIsNotLost) {
  using Clock = std::chrono::steady_clock;
  const OnAlarm on_alarm;
  ClockCarrier carrier;
  const long clock = 0;
  for (int i = 0; i < 100; ++i) {
    alarms.store(0, std::memory_order_relaxed);
    const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 50 + i}};
    ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
    const Clock::time_point limit = Clock::now() + std::chrono::seconds(10);
    while (alarms.load(std::memory_order_relaxed) == 0 && Clock::now() < limit) {
      for (int k = 0; k < 1000; ++k) carrier.take(&clock);
    }
    ASSERT_EQ(alarms.load(std::memory_order_relaxed), 1) << "alarm " << i;
  }
}

}  // namespace
}  // namespace revenant::sim
