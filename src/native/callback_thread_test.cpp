// The thread that runs RCU callbacks, as one CPU more among those that pause for each other.
#include <chrono>
#include <thread>

#include "native/machine.h"
#include "native/test_machine.h"

namespace revenant::native {
namespace {

class LongPauses : public NativeMachineTest {
 protected:
  static constexpr std::chrono::seconds kLongest{30};
  LongPauses() : NativeMachineTest({.longest_pause = kLongest}) {}

  void queue_callback(Callbacks::Function function) {
    machine_.ghost_lock().lock();
    machine_.call_rcu(function, &machine_);
    machine_.ghost_lock().unlock();
  }
};

// Callbacks are ops of the CPU behind the last. CPU 1 is paused for by that one and by CPU 0; when
// it has ended the next of the two goes on, and CPU 0 waits for it.
TEST_F(LongPauses, ForTheThreadOfCallbacksAreOverWhenItHasRunThem) {
  choices_.preempt({CpuId{sim::kMaxCpus}, 1, 1}, kCpu1);
  choices_.preempt({kCpu0, 0, 1}, kCpu1);
  const auto wait_for_points = [&](std::uint32_t count) {
    while (machine_.points_passed() < count) yield_processor();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // Until it has begun its pause.
  };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run({[&] {
                   wait_for_points(1);
                   step();
                 },
                 [&] {
                   queue_callback([](void*) {});
                   wait_for_points(2);
                 }}),
            kClean);
  EXPECT_LT(std::chrono::steady_clock::now() - start, kLongest / 2);
}

// Else the next grace period would wait for the section, in the thread that is in it.
TEST_F(LongPauses, ACallbackThatIsUnwoundLeavesItsSections) {
  const auto raises = [](void* machine) {
    auto& its = *static_cast<Machine*>(machine);
    its.rcu_read_lock();
    its.raise(FindingKind::kBugOn, Site::current(), "");
  };
  EXPECT_EQ(run({[&] { queue_callback(raises); }, [] {}}), FindingKind::kBugOn);
  begin();
  EXPECT_EQ(run({[&] { queue_callback([](void*) {}); }, [] {}}), kClean);
}

}  // namespace
}  // namespace revenant::native
