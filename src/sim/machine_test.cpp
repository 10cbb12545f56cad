#include "sim/machine.h"

#include "choice/recorded_choices.h"
#include "sim/test_machine.h"

namespace revenant::sim {
namespace {

// --- Who runs ---

TEST_F(MachineTest, ByDefaultACpuRunsToItsEndAndThenTheNext) {
  Log log;
  const auto body = [&](char name) {
    return [&log, this, name] {
      log.add(name);
      step();
      log.add(name);
    };
  };
  run({body('a'), body('b'), body('c')});
  EXPECT_EQ(log.text(), "aabbcc");
}

TEST_F(MachineTest, ByDefaultTheNextInCyclicOrderFollowsABlockedCpu) {
  Log log;
  char channel[2];
  const auto sleeper = [&](char name, const char* on) {
    return [&log, this, name, on] {
      log.add(name);
      machine_.block_on(on, on, Site::current());
      log.add(name);
    };
  };
  run({sleeper('a', &channel[0]), sleeper('b', &channel[1]), [&] {
         log.add('c');
         machine_.wake(&channel[1]);
         machine_.wake(&channel[0]);
         log.add('c');
       }});
  EXPECT_EQ(log.text(), "abccab");
}

TEST_F(MachineTest, ChoicesPreemptACpuAtAPoint) {
  Log log;
  const auto body = [&](char name) {
    return [&log, this, name] {
      for (int i = 0; i < 2; ++i) {
        step();
        log.add(name);
      }
    };
  };
  // CPU 0 stays at its first point, leaves at its second; CPU 1 stays, and comes back at the end.
  const std::array<std::uint32_t, 2> answers{0, 1};
  RecordedChoices choices(answers);
  begin(choices);
  run({body('a'), body('b')});
  EXPECT_EQ(log.text(), "abba");
}

TEST_F(MachineTest, SwitchesAreCountedWhetherACpuWasPreemptedBlocksOrEnds) {
  char channel = 0;
  std::array<std::uint32_t, 4> switches{};
  run({[&] {
         switches[0] = machine_.switches();
         machine_.block_on(&channel, &channel, Site::current());
         switches[2] = machine_.switches();
       },
       [&] {
         switches[1] = machine_.switches();
         machine_.wake(&channel);
         step();
         go_to(kCpu0);
         switches[3] = machine_.switches();
       }});
  EXPECT_EQ(switches, (std::array<std::uint32_t, 4>{0, 1, 2, 3}));
  begin(directed_);
  EXPECT_EQ(machine_.switches(), 0U);
}

TEST_F(MachineTest, NobodyIsAskedWhileOneCpuAloneCanRun) {
  class Refusing final : public Choices {
    CpuId next_cpu(const RunQuestion& /*question*/) override { throw std::logic_error("asked"); }
    std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }
  } choices;
  begin(choices);
  EXPECT_EQ(run({[&] { step(); }}), kClean);
}

TEST_F(MachineTest, AQuestionIsAnchoredToCpuOpAndPoint) {
  struct Spy final : Choices {
    CpuId next_cpu(const RunQuestion& question) override {
      const auto& [cpu, op, point] = question.at;
      const std::uint32_t number = index_of(cpu) * 10000U + op * 100U + point;
      asked.at(count.fetch_add(1, std::memory_order_relaxed))
          .store(number, std::memory_order_relaxed);
      return default_cpu(cpu, question.runnable);
    }
    std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }
    std::array<std::atomic<std::uint32_t>, 8> asked{};
    std::atomic<std::size_t> count = 0;
  } spy;
  begin(spy);
  run({[&] {
         machine_.begin_op(3);
         step();
         step();
         machine_.begin_op(4);
       },
       [] {}});
  EXPECT_EQ(spy.count, 4U);
  EXPECT_EQ(spy.asked.at(0), 300U);
  EXPECT_EQ(spy.asked.at(1), 301U);
  EXPECT_EQ(spy.asked.at(2), 302U);
  EXPECT_EQ(spy.asked.at(3), 400U);
}

TEST_F(MachineTest, WakesOnlyThoseWhoSleepOnThatChannel) {
  Log log;
  char channel[2];
  const auto found = run({[&] {
                            machine_.block_on(&channel[0], &channel[0], Site::current());
                            log.add('a');
                          },
                          [&] { machine_.wake(&channel[1]); }});
  EXPECT_EQ(log.text(), "");
  EXPECT_EQ(found, FindingKind::kDeadlock);
}

TEST_F(MachineTest, ASleeperIsKnownByTheObjectThatItsChannelIsIn) {
  char object[16];
  run({[&] { machine_.block_on(&object[8], object, Site::current()); },
       [&] {
         EXPECT_TRUE(machine_.has_sleeper(object, 9));
         EXPECT_FALSE(machine_.has_sleeper(object, 8));
         EXPECT_FALSE(machine_.has_sleeper(object + 9, 7));
         machine_.wake(&object[8]);
         EXPECT_FALSE(machine_.has_sleeper(object, sizeof object));
       }});
}

// --- How a run ends ---

TEST_F(MachineTest, ADeadlockSaysWhoWaitsForWhat) {
  char locks[2];
  machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(locks),
                         .size_bytes = 2,
                         .name = "locks",
                         .fields = std::span<const Field>()});
  const auto wait = [&](int which) {
    return [&, which] { machine_.block_on(&locks[which], &locks[which], Site::current()); };
  };
  EXPECT_EQ(run({wait(1), wait(0)}), FindingKind::kDeadlock);
  EXPECT_EQ(text(), "CPU 0 waits for locks0, CPU 1 waits for locks0");
}

TEST_F(MachineTest, ADeadlockIsFoundWhenTheLastCpuThatCouldWakeOthersEnds) {
  char channel = 0;
  const auto found =
      run({[&] { machine_.block_on(&channel, &channel, Site::current()); }, [&] { step(); }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(text(), "CPU 0 waits for ?");
}

void wait_for(Machine& machine, const char* channel) {
  machine.block_on(channel, channel, Site::current());
}

TEST_F(MachineTest, ADeadlockFoundAtTheEndOfACpuBlamesOneThatWaits) {
  char channel = 0;
  run({[&] { step(); }, [&] { wait_for(machine_, &channel); }, [&] { step(); }});
  ASSERT_TRUE(machine_.finding());
  EXPECT_EQ(machine_.finding()->at.cpu, kCpu1);
  EXPECT_EQ(function_of(machine_.finding()->site), "wait_for");
}

TEST_F(MachineTest, ADeadlockBlamesTheFirstCpuThatWaitsWhicheverIsLast) {
  char channel = 0;
  run({[&] { wait_for(machine_, &channel); },
       [&] { machine_.block_on(&channel, &channel, Site::current()); }});
  ASSERT_TRUE(machine_.finding());
  EXPECT_EQ(machine_.finding()->at.cpu, kCpu0);
  EXPECT_EQ(function_of(machine_.finding()->site), "wait_for");
}

TEST_F(MachineTest, ASpinLoopEndsThanksToTheFairTurns) {
  std::atomic<bool> done = false;
  const auto found = run({[&] {
                            while (!done.load(std::memory_order_relaxed)) step();
                          },
                          [&] {
                            step();
                            done.store(true, std::memory_order_relaxed);
                          }});
  EXPECT_EQ(found, kClean);
  EXPECT_GE(machine_.step(), kFairAfter);
  EXPECT_LT(machine_.step(), kFairAfter + 10);
}

TEST_F(MachineTest, CpusThatSpinForEachOtherAreALivelock) {
  const auto spin = [&] {
    for (;;) step();
  };
  EXPECT_EQ(run({spin, spin}), FindingKind::kLivelock);
  EXPECT_EQ(machine_.step(), kMaxSteps);
  EXPECT_EQ(text(), "no end after 8192 steps, the last 4096 of them in strict turns");
}

// CPUs 1 and 2 hand over to each other by sleeping; CPU 0 must get its turn all the same.
TEST_F(MachineTest, FromTheFairTurnsOnChoicesIsNotAskedWhoRuns) {
  struct Spy final : Choices {
    CpuId next_cpu(const RunQuestion& question) override {
      if (running().step() >= kFairAfter) late.store(true, std::memory_order_relaxed);
      return default_cpu(question.at.cpu, question.runnable);
    }
    std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override { return 0; }
    std::atomic<bool> late = false;
  } spy;
  begin(spy);
  char channel = 0;
  const auto spin = [&] {
    for (;;) step();
  };
  run({spin, spin, [&] {
         while (machine_.step() <= kFairAfter) step();
         machine_.block_on(&channel, &channel, Site::current());
       }});
  EXPECT_FALSE(spy.late);
}

TEST_F(MachineTest, EndsWithTheFindingThatACpuRaises) {
  Log log;
  const auto found = run({[&] {
                            step();
                            machine_.raise(FindingKind::kBugOn, Site::current(), "because");
                          },
                          [&] { log.add('b'); }});
  EXPECT_EQ(found, FindingKind::kBugOn);
  EXPECT_EQ(text(), "because");
  EXPECT_EQ(machine_.finding()->at, (Anchor{.cpu = kCpu0, .op = 0, .point = 1}));
  EXPECT_EQ(machine_.finding()->step, 1U);
  EXPECT_EQ(log.text(), "") << "nobody runs after a finding";
}

TEST_F(MachineTest, TellsTheObserverOfAFindingOnce) {
  static std::atomic<int> told;
  told = 0;
  begin(directed_, {.on_finding = [](const Finding& finding) {
          EXPECT_EQ(finding.text, "because");
          ++told;
        }});
  run({[&] { machine_.raise(FindingKind::kBugOn, Site::current(), "because"); }});
  EXPECT_EQ(told, 1);
}

TEST_F(MachineTest, TheFirstFindingOfARunStays) {
  run({[&] { machine_.raise(FindingKind::kBugOn, Site::current(), "first"); }});
  machine_.report(FindingKind::kLeak, Site::current(), "second");
  EXPECT_EQ(text(), "first");
}

TEST_F(MachineTest, AfterStepJudgesEachStepOnTheCpuThatTookIt) {
  struct World {
    std::atomic<int> value = 0;
    Bodies bodies;
  } world;
  world.bodies = {[&] { step(); },
                  [&] {
                    step();
                    world.value = 1;
                    step();
                    world.value = 0;
                  }};
  Program judged = program(world.bodies);
  judged.context = &world;
  judged.run = [](void* context, CpuId cpu) {
    static_cast<World*>(context)->bodies[index_of(cpu)]();
  };
  judged.after_step = [](void* context) {
    if (static_cast<World*>(context)->value == 0) return;
    running().raise(FindingKind::kBugOn, Site::current(), "value is not 0");
  };
  EXPECT_FALSE(machine_.run(2, judged));
  EXPECT_EQ(machine_.finding()->at, (Anchor{.cpu = kCpu1, .op = 0, .point = 1}));
}

TEST_F(MachineTest, TheLastStepOfAnOpIsJudgedBeforeTheNextOpBegins) {
  struct World {
    std::atomic<int> value = 0;
  } world;
  const Program judged{.context = &world,
                       .run =
                           [](void* context, CpuId /*cpu*/) {
                             running().begin_op(3);
                             static_cast<World*>(context)->value = 1;
                             running().begin_op(4);
                           },
                       .after_step =
                           [](void* context) {
                             if (static_cast<World*>(context)->value == 0) return;
                             running().raise(FindingKind::kBugOn, Site::current(), "value is 1");
                           }};
  EXPECT_FALSE(machine_.run(1, judged));
  EXPECT_EQ(machine_.finding()->at, (Anchor{.cpu = kCpu0, .op = 3, .point = 0}));
}

TEST_F(MachineTest, CountsEachSwitchAsAFeatureIfSomebodyWantsThem) {
  FeatureCounters features{};
  begin(directed_, {.features = &features});
  run({[&] { go_to(kCpu1); }, [&] { go_to(kCpu0); }});
  EXPECT_TRUE(std::ranges::any_of(features, [](std::uint8_t count) { return count > 0; }));
}

class CountingChoices final : public Choices {
 public:
  CpuId next_cpu(const RunQuestion& question) override {
    count_.fetch_add(1, std::memory_order_relaxed);
    return default_cpu(question.at.cpu, question.runnable);
  }
  std::uint32_t pick(const Anchor& /*at*/, std::uint32_t /*count*/) override {
    count_.fetch_add(1, std::memory_order_relaxed);
    return 0;
  }
  std::uint16_t count() const {
    return static_cast<std::uint16_t>(count_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<unsigned> count_ = 0;
};

TEST_F(MachineTest, TheMomentOfAFeatureIsWhenItWasFirstCountedInQuestions) {
  FeatureCounters features{};
  FeatureMoments moments{};
  CountingChoices choices;
  begin(choices, {.features = &features, .moments = &moments});
  constexpr std::size_t kKeys = 4;
  std::array<std::atomic<std::uint16_t>, kKeys> asked{};
  run({[&] {
         for (std::size_t key = 0; key < kKeys; ++key) {
           machine_.feature(Feature::kCount, 0);
           machine_.feature(Feature::kCount, key);
           asked[key] = choices.count();
           step();
           machine_.pick(key % 2 == 0 ? 1 : 2);  // To pick one of one is no question.
         }
       },
       [&] { step(); }});
  for (std::size_t key = 0; key < kKeys; ++key) {
    EXPECT_EQ(moments[counter_of(Feature::kCount, key)], asked[key]) << key;
  }
  EXPECT_GT(asked[3], asked[2]);
}

}  // namespace
}  // namespace revenant::sim
