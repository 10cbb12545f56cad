// A sanitizer's report becomes a finding. Each of these tests exists where its sanitizer does.
#include "sim/sanitizers.h"

#include "sim/test_machine.h"

namespace revenant::sim {
namespace {

using SanitizersTest = MachineTest;

#ifdef REVENANT_WITH_TSAN

TEST_F(SanitizersTest, PlainWritesOfCpusThatNeverRunAtOnceAreADataRace) {
  listen_to_sanitizers(nullptr);
  int shared = 0;
  machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&shared),
                         .size_bytes = sizeof shared,
                         .name = "shared",
                         .fields = std::span<const Field>()});
  const auto found = run({[&] { write_plainly(shared, 1); }, [&] { write_plainly(shared, 2); }});
  EXPECT_EQ(found, FindingKind::kDataRace);
  EXPECT_EQ(text(), "reported on shared0");
}

// TSan marks a word on which it has reported a race, and ignores all later reads of it.
TEST_F(SanitizersTest, ARaceIsFoundAgainInTheNextRun) {
  int shared = 0;
  for (int i = 0; i < 5; ++i) {
    begin(directed_);
    EXPECT_EQ(run({[&] { write_plainly(shared, 1); }, [&] { read_plainly(shared); }}),
              FindingKind::kDataRace);
  }
}

TEST_F(SanitizersTest, ACleanRunIsCleanAfterOneWithARace) {
  int shared = 0;
  int other = 0;
  const auto count = [&] { write_plainly(other, read_plainly(other) + 1); };
  for (int i = 0; i < 5; ++i) {
    begin(directed_);
    run({[&] { write_plainly(shared, 1); }, [&] { read_plainly(shared); }});
    begin(directed_);
    EXPECT_EQ(run({[&] { count(); }, [&] { step(); }}), kClean);
    EXPECT_EQ(run({[&] { step(); }, [&] { count(); }}), kClean);
  }
}

TEST_F(SanitizersTest, ARaceEndsTheRunAtTheNextPointOfTheCpuThatMadeItVisible) {
  int shared = 0;
  Log log;
  run({[&] { write_plainly(shared, 1); },
       [&] {
         write_plainly(shared, 2);
         log.add('1');
         step();
         log.add('2');
       }});
  EXPECT_EQ(log.text(), "1");
  EXPECT_EQ(machine_.finding()->at.cpu, kCpu1);
}

TEST_F(SanitizersTest, APlainReadRacesWithAPlainWrite) {
  int shared = 0;
  EXPECT_EQ(run({[&] { read_plainly(shared); }, [&] { write_plainly(shared, 2); }}),
            FindingKind::kDataRace);
}

TEST_F(SanitizersTest, PlainReadsDoNotRaceWithEachOther) {
  int shared = 0;
  EXPECT_EQ(run({[&] { read_plainly(shared); }, [&] { read_plainly(shared); }}), kClean);
}

TEST_F(SanitizersTest, TheProgramsOfARunAreOrdered) {
  int shared = 0;
  EXPECT_EQ(run({[] {}, [&] { write_plainly(shared, 1); }}), kClean);
  EXPECT_EQ(run({[&] { write_plainly(shared, 2); }, [] {}}), kClean);
  EXPECT_EQ(read_plainly(shared), 2);
}

TEST_F(SanitizersTest, SwitchesOrderNothing) {
  int shared = 0;
  const auto found = run({[&] {
                            go_to(kCpu1);
                            write_plainly(shared, 1);
                          },
                          [&] {
                            write_plainly(shared, 2);
                            go_to(kCpu0);
                          }});
  EXPECT_EQ(found, FindingKind::kDataRace);
}

#endif

#ifdef REVENANT_WITH_ASAN

TEST_F(SanitizersTest, AnAccessThatAsanForbidsIsAFinding) {
  listen_to_sanitizers(nullptr);
  std::vector<char> memory(8);
  const auto found = run({[&] { write_plainly(memory.data()[8], 1); }});
  EXPECT_EQ(found, FindingKind::kAsan);
  EXPECT_EQ(text(), "reported on ?");
}

TEST_F(SanitizersTest, WhatAsanForbidsIsFoundAgainInTheNextRun) {
  std::vector<char> memory(8);
  for (int i = 0; i < 3; ++i) {
    begin(directed_);
    EXPECT_EQ(run({[&] { write_plainly(memory.data()[8], 1); }}), FindingKind::kAsan);
  }
}

TEST_F(SanitizersTest, TheProgramMayKnowBetterWhatASanitizerFound) {
  listen_to_sanitizers([](FindingKind /*kind*/, std::uintptr_t /*address*/) {
    return SanitizerVerdict{.kind = FindingKind::kUseAfterFree, .text = "explained"};
  });
  std::vector<char> memory(8);
  const auto found = run({[&] { write_plainly(memory.data()[8], 1); }});
  listen_to_sanitizers(nullptr);
  EXPECT_EQ(found, FindingKind::kUseAfterFree);
  EXPECT_EQ(text(), "explained");
}

#endif

#ifdef REVENANT_WITH_UBSAN

TEST_F(SanitizersTest, UndefinedBehaviourIsAFinding) {
  int number = 2147483647;
  EXPECT_EQ(run({[&] { write_plainly(number, read_plainly(number) + 1); }}), FindingKind::kUbsan);
}

#endif

TEST_F(SanitizersTest, AReportEndsTheRunAtTheCpusNextPoint) {
  listen_to_sanitizers([](FindingKind kind, std::uintptr_t address) {
    return SanitizerVerdict{.kind = kind, .text = std::to_string(address)};
  });
  Log log;
  const auto found = run({[&] {
    machine_.raise_soon(FindingKind::kAsan, 17);
    machine_.raise_soon(FindingKind::kUbsan, 18);
    log.add('1');
    step();
    log.add('2');
  }});
  listen_to_sanitizers(nullptr);
  EXPECT_EQ(found, FindingKind::kAsan) << "the first report counts";
  EXPECT_EQ(text(), "17");
  EXPECT_EQ(log.text(), "1");
}

TEST_F(SanitizersTest, AReportInACpusLastStepIsNotLost) {
  EXPECT_EQ(run({[&] { machine_.raise_soon(FindingKind::kAsan, 17); }}), FindingKind::kAsan);
}

}  // namespace
}  // namespace revenant::sim
