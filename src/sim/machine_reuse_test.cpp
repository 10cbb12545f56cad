// One machine, many runs: what a run leaves behind must not reach the next.
#include "choice/random_choices.h"
#include "sim/test_allocations.h"
#include "sim/test_machine.h"

namespace revenant::sim {
namespace {

// Counts the bodies that were entered and not yet left, one way or the other.
class Inside {
 public:
  explicit Inside(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Inside() { --count_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  std::atomic<int>& count_;
};

class MachineReuseTest : public MachineTest {
 protected:
  // A run in which a finding meets CPU 0 asleep, CPU 1 preempted, and CPU 3 not yet started.
  Bodies aborted() {
    return {[this] {
              const Inside inside(inside_);
              machine_.block_on(&channel_, &channel_, Site::current());
              log_.add('!');
            },
            [this] {
              const Inside inside(inside_);
              go_to(kCpu2);
              log_.add('!');
            },
            [this] {
              const Inside inside(inside_);
              most_inside_ = inside_.load();
              machine_.raise(FindingKind::kBugOn, Site::current(), "abort");
            },
            [this] { log_.add('!'); }};
  }

  char channel_ = 0;
  std::atomic<int> inside_ = 0;
  std::atomic<int> most_inside_ = 0;
  Log log_;
};

TEST_F(MachineReuseTest, AFindingUnwindsEveryCpu) {
  run(aborted());
  EXPECT_EQ(most_inside_, 3);
  EXPECT_EQ(inside_, 0);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(MachineReuseTest, IsCleanAfterAFinding) {
  for (int i = 0; i < 3; ++i) {
    begin(directed_);
    EXPECT_EQ(run(aborted()), FindingKind::kBugOn);
    begin(directed_);
    EXPECT_EQ(run({[&] { step(); }, [&] { step(); }, [&] { step(); }, [&] { step(); }}), kClean);
    EXPECT_EQ(machine_.step(), 4U);
  }
}

TEST_F(MachineReuseTest, IsCleanWithFewerCpusAfterAFindingMetMoreOfThem) {
  Bodies four = aborted();
  std::swap(four[0], four[3]);  // CPU 3 sleeps.
  four[0] = [&] { go_to(kCpu3); };
  EXPECT_EQ(run(four), FindingKind::kBugOn);
  begin(directed_);
  const auto found = run({[&] {
    EXPECT_FALSE(machine_.has_sleeper(&channel_, 1));
    machine_.wake(&channel_);
    step();
    step();
  }});
  EXPECT_EQ(found, kClean);
  EXPECT_EQ(log_.text(), "");
}

// The CPU that ends last writes the finding's text after its program has ended.
TEST_F(MachineReuseTest, IsCleanAfterADeadlockThatWasFoundWhenACpuEnded) {
  const auto found =
      run({[&] { machine_.block_on(&channel_, &channel_, Site::current()); }, [] {}});
  ASSERT_EQ(found, FindingKind::kDeadlock);
  begin(directed_);
  EXPECT_EQ(run({[&] { step(); }}), kClean);
}

TEST_F(MachineReuseTest, AnAbortedRunLeavesNoCallbackAndNoReader) {
  run({[&] {
    machine_.rcu().read_lock(machine_.cpu(), machine_.step());
    machine_.call_rcu([](void* log) { static_cast<Log*>(log)->add('!'); }, &log_);
    machine_.raise(FindingKind::kBugOn, Site::current(), "abort");
  }});
  begin(directed_);
  const auto found = run({[&] {
    EXPECT_FALSE(machine_.rcu().in_section(kCpu0));
    step();
  }});
  EXPECT_EQ(found, kClean);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(MachineReuseTest, AFindingInsideACallbackLeavesTheMachineUsable) {
  const auto callback = [&](void (*function)(void*)) {
    return Bodies{[this, function] { machine_.call_rcu(function, &log_); }};
  };
  run(callback([](void*) { running().raise(FindingKind::kBugOn, Site::current(), "abort"); }));
  EXPECT_EQ(machine_.finding()->at.cpu, kRcuCpu);
  begin(directed_);
  EXPECT_EQ(run(callback([](void* log) { static_cast<Log*>(log)->add('c'); })), kClean);
  EXPECT_EQ(log_.text(), "c");
}

TEST_F(MachineReuseTest, RunsSeveralProgramsInOneRun) {
  EXPECT_EQ(run({[&] { step(); }, [&] { step(); }}), kClean);
  EXPECT_EQ(run({[&] { step(); }}), kClean);
  EXPECT_EQ(machine_.step(), 3U) << "steps go on from program to program";
}

TEST_F(MachineReuseTest, RunsNothingMoreAfterAFindingUntilTheNextBegin) {
  run({[&] { machine_.raise(FindingKind::kBugOn, Site::current(), "abort"); }});
  const Bodies more{[&] { log_.add('!'); }};
  EXPECT_FALSE(machine_.run(1, program(more)));
  EXPECT_EQ(log_.text(), "");
  EXPECT_EQ(text(), "abort");
}

TEST_F(MachineReuseTest, ManyMachinesMayFollowEachOther) {
  for (int i = 0; i < 20; ++i) {
    Machine machine;
    machine.begin(directed_, {});
    const Bodies bodies{[&] { machine.point(Site::current()); }, [] {}};
    EXPECT_TRUE(machine.run(2, program(bodies)));
  }
}

// --- RCU callbacks ---

TEST_F(MachineReuseTest, ACallbackThatSleepsIsNotWokenByAnother) {
  struct World {
    Machine& machine;
    Log& log;
    char channel = 0;
  } world{machine_, log_};
  // Callbacks run as soon as they can.
  class Eager final : public Choices {
   public:
    CpuId next_cpu(const RunQuestion& question) override {
      if ((question.runnable & mask_of(kRcuCpu)) != 0) return kRcuCpu;
      return default_cpu(question.at.cpu, question.runnable);
    }
    std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }
  } eager;
  begin(eager);
  machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&world.channel),
                         .size_bytes = 1,
                         .name = "channel",
                         .fields = {}});
  const auto found = run({[&] {
    machine_.call_rcu(
        [](void* context) {
          auto& its = *static_cast<World*>(context);
          its.machine.block_on(&its.channel, &its.channel, Site::current());
          its.log.add('a');
        },
        &world);
    step();
    machine_.call_rcu([](void* context) { static_cast<World*>(context)->log.add('b'); }, &world);
    step();
    log_.add('0');
    machine_.wake(&world.channel);
    step();
  }});
  EXPECT_EQ(found, kClean);
  EXPECT_EQ(log_.text(), "0ab");
}

TEST_F(MachineReuseTest, ARunEndsOnlyWhenItsCallbacksHaveRunOnTheirOwnCpu) {
  run({[&] {
    machine_.call_rcu(
        [](void* log) {
          EXPECT_EQ(running().cpu(), kRcuCpu);
          static_cast<Log*>(log)->add('c');
        },
        &log_);
    log_.add('0');
  }});
  EXPECT_EQ(log_.text(), "0c");
}

TEST_F(MachineReuseTest, ACallbackRunsInEachProgramThatQueuesOne) {
  for (int i = 0; i < 3; ++i) {
    run({[&] {
      machine_.call_rcu([](void* log) { static_cast<Log*>(log)->add('c'); }, &log_);
      step();
    }});
  }
  EXPECT_EQ(log_.text(), "ccc");
}

TEST_F(MachineReuseTest, ACallbackMayQueueAnother) {
  run({[&] {
    machine_.call_rcu(
        [](void* log) {
          static_cast<Log*>(log)->add('1');
          running().call_rcu([](void* inner) { static_cast<Log*>(inner)->add('2'); }, log);
        },
        &log_);
  }});
  EXPECT_EQ(log_.text(), "12");
}

TEST_F(MachineReuseTest, AChoiceSaysWhichReadyCallbackIsFirst) {
  for (const int first : {0, 1}) {
    Log log;
    begin(directed_);
    run({[&] {
      machine_.call_rcu([](void* to) { static_cast<Log*>(to)->add('0'); }, &log);
      machine_.call_rcu([](void* to) { static_cast<Log*>(to)->add('1'); }, &log);
      will_pick(first);
    }});
    EXPECT_EQ(log.text(), first == 0 ? "01" : "10");
  }
}

#ifndef REVENANT_WITH_TSAN

TEST_F(MachineReuseTest, NothingIsAllocatedDuringARunWithoutFinding) {
  Trace trace;
  FeatureCounters features{};
  const Bodies bodies{[&] {
                        for (int i = 0; i < 20; ++i) step();
                        machine_.block_on(&channel_, &channel_, Site::current());
                      },
                      [&] {
                        machine_.call_rcu([](void* log) { static_cast<Log*>(log)->add('c'); },
                                          &log_);
                        while (!machine_.has_sleeper(&channel_, 1)) step();
                        machine_.wake(&channel_);
                      }};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomChoices choices(seed);
    const std::size_t before = allocation_count();
    begin(choices, {.trace = &trace, .features = &features});
    const bool is_clean = machine_.run(2, program(bodies));
    EXPECT_EQ(allocation_count(), before);
    EXPECT_TRUE(is_clean);
  }
}

#endif

}  // namespace
}  // namespace revenant::sim
