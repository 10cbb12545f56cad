#include "native/machine.h"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "native/test_machine.h"

namespace revenant::native {
namespace {

std::set<std::string> threads() {
  std::set<std::string> ids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ids.insert(task.path().filename());
  }
  return ids;
}

std::size_t threads_besides(const std::set<std::string>& others) {
  std::set<std::string> left = threads();
  std::erase_if(left, [&](const std::string& id) { return others.contains(id); });
  return left.size();
}

TEST(NativeMachineThreads, StartInsideTheFirstRunAndEndWithTheMachine) {
  std::thread([] {}).join();  // A sanitizer may start one of its own with the first.
  const std::set<std::string> before = threads();
  {
    Machine machine({});
    Undisturbed choices;
    ChoicesByCpu by_cpu;
    by_cpu.fill(&choices);
    machine.begin(by_cpu, {});
    EXPECT_EQ(threads_besides(before), 0U);
    machine.run(2, {.run = [](void*, CpuId) {}});
    EXPECT_EQ(threads_besides(before), 3U);  // CPU 1, one for callbacks, one that watches.
    machine.run(2, {.run = [](void*, CpuId) {}});
    EXPECT_EQ(threads_besides(before), 3U);
    machine.end();
  }
  // The kernel lists a thread for a moment after it was joined.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (threads_besides(before) != 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(threads_besides(before), 0U);
}

TEST_F(NativeMachineTest, CpusRunAtOnce) {
  Flag first;
  Flag second;
  EXPECT_EQ(run({[&] {
                   first.raise();
                   second.wait();
                 },
                 [&] {
                   second.raise();
                   first.wait();
                 }}),
            kClean);
}

TEST_F(NativeMachineTest, EachCpuKnowsItself) {
  std::array<CpuId, 3> seen{};
  const auto look = [&](std::size_t i) { seen.at(i) = machine_.cpu(); };
  run({[&] { look(0); }, [&] { look(1); }, [&] { look(2); }});
  EXPECT_THAT(seen, testing::ElementsAre(kCpu0, kCpu1, kCpu2));
}

TEST_F(NativeMachineTest, TheProgramsOfARunAreOrdered) {
  int shared = 0;
  EXPECT_EQ(run({[&] { shared = 1; }, [] {}}), kClean);
  EXPECT_EQ(run({[] {}, [&] { shared = 2; }}), kClean);
  EXPECT_EQ(shared, 2);
}

TEST_F(NativeMachineTest, TheLastProgramIsRunByCpu0AfterAllOthersAndTheCallbacks) {
  struct World {
    Machine& machine;
    int count = 0;
    int seen = 0;
    CpuId by{9};
  } world{machine_};
  const sim::Program ops{.context = &world, .run = [](void* context, CpuId cpu) {
                           auto& its = *static_cast<World*>(context);
                           if (cpu != kCpu2) return;
                           // Enough time for who does not wait to be seen not waiting.
                           for (int i = 0; i < 1000; ++i) yield_processor();
                           ++its.count;
                           its.machine.ghost_lock().lock();
                           its.machine.call_rcu(
                               [](void* argument) { ++static_cast<World*>(argument)->count; },
                               context);
                           its.machine.ghost_lock().unlock();
                         }};
  const sim::Program last{.context = &world, .run = [](void* context, CpuId cpu) {
                            auto& its = *static_cast<World*>(context);
                            its.by = cpu;
                            its.seen = its.count;
                          }};
  EXPECT_TRUE(machine_.run(3, ops, {.last = last}));
  EXPECT_EQ(world.by, kCpu0);
  EXPECT_EQ(world.seen, 2);
}

TEST_F(NativeMachineTest, TheLastProgramIsNotRunAfterAFinding) {
  static bool has_run = false;
  has_run = false;
  const sim::Program ops{.context = &machine_, .run = [](void* context, CpuId /*cpu*/) {
                           static_cast<Machine*>(context)->raise(FindingKind::kBugOn,
                                                                 Site::current(), "");
                         }};
  EXPECT_FALSE(machine_.run(2, ops, {.last = {.run = [](void*, CpuId) { has_run = true; }}}));
  EXPECT_FALSE(has_run);
}

#ifdef REVENANT_WITH_TSAN
TEST_F(NativeMachineTest, TheCpusOfAProgramAreNot) {
  int shared = 0;
  Flag is_written;  // Two writes at the very same moment are what TSan can miss.
  EXPECT_EQ(run({[&] {
                   sim::write_plainly(shared, 1);
                   is_written.raise();
                 },
                 [&] {
                   is_written.wait();
                   sim::write_plainly(shared, 2);
                 }}),
            FindingKind::kDataRace);
}
#endif

TEST_F(NativeMachineTest, AFindingEndsACpuThatRuns) {
  EXPECT_EQ(run({[&] { raise(FindingKind::kBugOn); },
                 [&] {
                   for (;;) step();
                 }}),
            FindingKind::kBugOn);
  EXPECT_EQ(machine_.finding()->at.cpu, kCpu0);
}

TEST_F(NativeMachineTest, AFindingEndsACpuThatSleeps) {
  const int channel = 0;
  EXPECT_EQ(run({[&] {
                   while (!has_sleeper(&channel)) yield_processor();
                   raise(FindingKind::kBugOn);
                 },
                 [&] { sleep_on(&channel); }}),
            FindingKind::kBugOn);
}

TEST_F(NativeMachineTest, WhoFallsAsleepAfterAFindingDoesNotSleep) {
  const int channel = 0;
  Flag is_over;
  EXPECT_EQ(run({[&] {
                   struct Tell {
                     Flag& flag;
                     ~Tell() { flag.raise(); }
                   } const tell{is_over};
                   raise(FindingKind::kBugOn);
                 },
                 [&] {
                   is_over.wait();
                   sleep_on(&channel);
                 }}),
            FindingKind::kBugOn);
}

TEST_F(NativeMachineTest, TheFirstFindingWins) {
  const int channel = 0;
  EXPECT_EQ(run({[&] {
                   while (!has_sleeper(&channel)) yield_processor();
                   raise(FindingKind::kBugOn);
                 },
                 [&] {
                   try {
                     sleep_on(&channel);
                   } catch (...) {
                     raise(FindingKind::kLeak);
                   }
                 }}),
            FindingKind::kBugOn);
}

// The first cannot yet tell the others to stop when the second is unwound.
TEST_F(NativeMachineTest, TheSecondFindingMayComeWhileTheFirstWaitsForTheGhostLock) {
  Flag is_locked;
  Flag is_raising;
  const auto pass = [](int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  };
  const auto finding = run({[&] {
                              is_locked.wait();
                              is_raising.raise();
                              raise(FindingKind::kBugOn);
                            },
                            [&] {
                              is_raising.wait();
                              pass(20);
                              raise(FindingKind::kLeak);
                            },
                            [&] {
                              machine_.ghost_lock().lock();
                              is_locked.raise();
                              pass(60);
                              machine_.ghost_lock().unlock();
                            }});
  // On a machine that is busy the second may be the first.
  EXPECT_THAT(finding, testing::AnyOf(FindingKind::kBugOn, FindingKind::kLeak));
}

TEST_F(NativeMachineTest, ARunAfterAFindingIsCleanAgain) {
  const int channel = 0;
  run({[&] { raise(FindingKind::kBugOn); }, [&] { sleep_on(&channel); }});
  begin();
  EXPECT_EQ(run({[&] { step(); }, [&] { step(); }}), kClean);
}

TEST_F(NativeMachineTest, ASleeperGoesOnWhenWoken) {
  const int channel = 0;
  const int other = 0;
  Flag is_awake;
  EXPECT_EQ(run({[&] {
                   while (!has_sleeper(&channel)) yield_processor();
                   wake(&other);
                   EXPECT_TRUE(has_sleeper(&channel));
                   EXPECT_FALSE(is_awake.is_up());
                   wake(&channel);
                 },
                 [&] {
                   sleep_on(&channel);
                   is_awake.raise();
                 }}),
            kClean);
}

TEST_F(NativeMachineTest, CpusThatAllSleepAreADeadlock) {
  const int channel = 0;
  EXPECT_EQ(run({[&] { sleep_on(&channel); }, [&] { sleep_on(&channel); }}),
            FindingKind::kDeadlock);
  EXPECT_EQ(machine_.finding()->at.cpu, kCpu0);
}

TEST_F(NativeMachineTest, ACpuThatWaitsForAReaderThatSleepsIsADeadlock) {
  const int channel = 0;
  EXPECT_EQ(run({[&] {
                   machine_.rcu_read_lock();
                   sleep_on(&channel);
                 },
                 [&] {
                   while (!has_sleeper(&channel)) yield_processor();
                   machine_.synchronize_rcu();
                 }}),
            FindingKind::kDeadlock);
  EXPECT_EQ(text(), "CPU 0 waits for RCU callbacks, CPU 1 waits for a grace period");
}

TEST_F(NativeMachineTest, ACpuThatNeverEndsIsALivelock) {
  EXPECT_EQ(run({[&] {
              for (;;) step();
            }}),
            FindingKind::kLivelock);
}

TEST_F(NativeMachineTest, WhatASanitizerSawInAnOpIsBlamedOnThatOp) {
  run({[&] {
    machine_.begin_op(3, Site::current());
    machine_.raise_soon(FindingKind::kDataRace, 0);
    machine_.begin_op(4, Site::current());
  }});
  ASSERT_TRUE(machine_.finding());
  EXPECT_EQ(machine_.finding()->at, (Anchor{.cpu = kCpu0, .op = 3, .point = 0}));
}

#ifdef REVENANT_WITH_TSAN
// The thread that watches writes it, the caller of run() reads it.
TEST_F(NativeMachineTest, TheTextOfAHangIsNoRaceOfTheHarness) {
  static std::atomic<int> races;
  races = 0;
  const int channel = 0;
  EXPECT_EQ(run({[&] { sleep_on(&channel); }}), FindingKind::kDeadlock);
  sim::deliver_reports_to([](FindingKind, std::uintptr_t) { ++races; });
  const std::string copy = text();
  begin();
  sim::deliver_reports_to(nullptr);
  EXPECT_EQ(races, 0);
}
#endif

// --- Pauses: with limits that no test reaches, so that they end by rule alone. ---

class NativePauseTest : public NativeMachineTest {
 protected:
  NativePauseTest()
      : NativeMachineTest({.longest_pause_points = 1'000'000'000,
                           .longest_turn_points = 1'000'000'000,
                           .longest_pause = std::chrono::hours(1)}) {}

  std::function<void()> logs(char what) {
    return [this, what] {
      step();
      log_.add(what);
    };
  }
  // Two ops, each one point.
  std::function<void()> logs_twice(char first, char second) {
    return [this, first, second] {
      machine_.begin_op(0, Site::current());
      log_.add(first);
      machine_.begin_op(1, Site::current());
      log_.add(second);
    };
  }

  sim::Log log_;
};

TEST_F(NativePauseTest, CpusBeginInTurn) {
  run({logs('0'), logs('1'), logs('2'), logs('3')}, Start::kInTurn);
  EXPECT_EQ(log_.text(), "0123");
}

TEST_F(NativePauseTest, APreemptedCpuPausesUntilTheOtherHasEnded) {
  choices_.preempt({.cpu = kCpu0, .op = 1, .point = 0}, kCpu1);
  run({logs_twice('a', 'b'), logs_twice('A', 'B')}, Start::kInTurn);
  EXPECT_EQ(log_.text(), "aABb");
}

TEST_F(NativePauseTest, ACpuThatPausesForOneThatPausesLetsItGo) {
  choices_.preempt({.cpu = kCpu0, .op = 1, .point = 0}, kCpu1);
  choices_.preempt({.cpu = kCpu1, .op = 1, .point = 0}, kCpu0);
  run({logs_twice('a', 'b'), logs_twice('A', 'B')}, Start::kInTurn);
  EXPECT_EQ(log_.text(), "aAbB");
}

TEST_F(NativePauseTest, OfSeveralThatWaitTheNextInCyclicOrderGoesOn) {
  choices_.preempt({.cpu = kCpu0, .op = 1, .point = 0}, kCpu1);
  run({logs_twice('a', 'b'), logs_twice('A', 'B'), logs('2')}, Start::kInTurn);
  EXPECT_EQ(log_.text(), "aAB2b");
}

TEST_F(NativePauseTest, WhoWaitsForItsTurnBeginsWhenACpuPassesNoPoint) {
  Flag has_begun;
  EXPECT_EQ(run({[&] { has_begun.wait(); }, [&] { has_begun.raise(); }}, Start::kInTurn), kClean);
}

TEST_F(NativePauseTest, ACpuThatSleepsLetsThoseGoThatWaitForIt) {
  const int channel = 0;
  run({[&] { sleep_on(&channel); }, [&] { wake(&channel); }}, Start::kInTurn);
  EXPECT_FALSE(machine_.finding());
}

TEST_F(NativePauseTest, NobodyPausesForACpuThatHasEnded) {
  choices_.preempt({.cpu = kCpu1, .op = 1, .point = 0}, kCpu0);
  run({logs('0'), logs_twice('A', 'B')}, Start::kInTurn);
  EXPECT_EQ(log_.text(), "0AB");
}

class NativeShortPauseTest : public NativeMachineTest {
 protected:
  NativeShortPauseTest()
      : NativeMachineTest({.longest_pause_points = 3,
                           .longest_turn_points = 3,
                           .longest_pause = std::chrono::hours(1)}) {}

  std::function<void()> steps_until_raised(Flag& flag) {
    return [&] {
      while (!flag.is_up()) step();
    };
  }
};

TEST_F(NativeShortPauseTest, ATurnEndsWhenTheCpuHasPassedItsPoints) {
  Flag has_begun;
  EXPECT_EQ(run({steps_until_raised(has_begun), [&] { has_begun.raise(); }}, Start::kInTurn),
            kClean);
}

TEST_F(NativeShortPauseTest, APauseEndsWhenTheOtherCpuHasPassedItsPoints) {
  Flag goes_on;
  choices_.preempt({.cpu = kCpu0, .op = 0, .point = 1}, kCpu1);
  EXPECT_EQ(run({[&] {
                   step();
                   goes_on.raise();
                 },
                 steps_until_raised(goes_on)}),
            kClean);
}

}  // namespace
}  // namespace revenant::native
