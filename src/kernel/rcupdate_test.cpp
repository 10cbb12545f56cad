#include "kernel/rcupdate.h"

#include <set>

#include "choice/random_choices.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class RcuTest : public KernelTest {
 protected:
  Log log_;
};

// --- Sections ---

TEST_F(RcuTest, SectionsNest) {
  run({[&] {
    const auto is_inside = [&] { return machine_.rcu().in_section(kCpu0); };
    EXPECT_FALSE(is_inside());
    rcu_read_lock();
    rcu_read_lock();
    rcu_read_unlock();
    EXPECT_TRUE(is_inside());
    rcu_read_unlock();
    EXPECT_FALSE(is_inside());
  }});
}

TEST_F(RcuTest, LeavingNoSectionIsABug) {
  EXPECT_EQ(run({[] { rcu_read_unlock(); }}), FindingKind::kBugOn);
  EXPECT_EQ(text(), "BUG_ON(rcu_read_unlock outside a section)");
}

TEST_F(RcuTest, LeavingASectionTwiceIsABug) {
  const auto found = run({[] {
    rcu_read_lock();
    rcu_read_unlock();
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, FindingKind::kBugOn);
}

// --- Grace periods ---

TEST_F(RcuTest, AGracePeriodWaitsForTheReaderThatIsInside) {
  run({[&] {
         rcu_read_lock();
         go_to(kCpu1);
         log_.add('r');
         rcu_read_unlock();
       },
       [&] {
         synchronize_rcu();
         log_.add('s');
       }});
  EXPECT_EQ(log_.text(), "rs");
}

TEST_F(RcuTest, AGracePeriodWaitsForTheOutermostSection) {
  run({[&] {
         rcu_read_lock();
         rcu_read_lock();
         go_to(kCpu1);
         rcu_read_unlock();
         step();
         log_.add('r');
         rcu_read_unlock();
       },
       [&] {
         synchronize_rcu();
         log_.add('s');
       }});
  EXPECT_EQ(log_.text(), "rs");
}

TEST_F(RcuTest, AGracePeriodDoesNotWaitForALaterReader) {
  run({[&] {
         rcu_read_lock();
         go_to(kCpu1);
         rcu_read_unlock();
         go_to(kCpu1);
       },
       [&] {
         synchronize_rcu();
         log_.add('s');
       },
       [&] {  // Here because CPU 1 sleeps.
         rcu_read_lock();
         go_to(kCpu0);
         log_.add('r');
         rcu_read_unlock();
       }});
  EXPECT_EQ(log_.text(), "sr");
}

TEST_F(RcuTest, AGracePeriodMayEndAtAnyMomentThatItsReadersAllow) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Log log;
    RandomChoices choices(seed);
    begin(choices);
    run({[&] {
           rcu_read_lock();
           rcu_read_unlock();
           log.add('a');
           step();
           log.add('b');
           step();
         },
         [&] {
           synchronize_rcu();
           log.add('s');
         }});
    seen.insert(log.text());
  }
  EXPECT_EQ(seen, (std::set<std::string>{"sab", "asb", "abs"}));
}

TEST_F(RcuTest, TwoCpusMayWaitForGracePeriodsAtOnce) {
  const auto wait = [&] {
    synchronize_rcu();
    log_.add('s');
  };
  const auto found = run({[&] {
                            rcu_read_lock();
                            go_to(kCpu1);
                            log_.add('r');
                            rcu_read_unlock();
                          },
                          wait, wait});
  EXPECT_EQ(found, kClean);
  EXPECT_EQ(log_.text(), "rss");
}

TEST_F(RcuTest, AReaderThatNeverLeavesIsADeadlockForWhoWaits) {
  const auto found = run({[] { rcu_read_lock(); }, [] { synchronize_rcu(); }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(text(), "CPU 1 waits for a grace period");
}

// --- Callbacks ---

struct Queued {
  rcu_head head;  // First, so that the two have one address.
  Log* log = nullptr;
  char name = 0;
};

void log_name(rcu_head* head) {
  const auto* const queued = reinterpret_cast<const Queued*>(head);
  queued->log->add(queued->name);
}

TEST_F(RcuTest, ACallbackRunsAfterTheReadersThatWereInside) {
  Queued queued{.head = {}, .log = &log_, .name = 'c'};
  run({[&] {
         rcu_read_lock();
         go_to(kCpu1);
         log_.add('r');
         rcu_read_unlock();
       },
       [&] {
         call_rcu(&queued.head, &log_name);
         log_.add('q');
       }});
  EXPECT_EQ(log_.text(), "qrc");
}

TEST_F(RcuTest, ACallbackRunsOnTheCpuForCallbacks) {
  rcu_head head;
  const auto found = run(
      {[&] { call_rcu(&head, [](rcu_head*) { EXPECT_EQ(sim::running().cpu(), sim::kRcuCpu); }); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RcuTest, CallbacksMayRunInAnyOrder) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Log log;
    Queued a{.head = {}, .log = &log, .name = 'a'};
    Queued b{.head = {}, .log = &log, .name = 'b'};
    RandomChoices choices(seed);
    begin(choices);
    run({[&] {
      call_rcu(&a.head, &log_name);
      call_rcu(&b.head, &log_name);
    }});
    seen.insert(log.text());
  }
  EXPECT_EQ(seen, (std::set<std::string>{"ab", "ba"}));
}

TEST_F(RcuTest, BarrierReturnsWhenTheCallbacksHaveRun) {
  Queued a{.head = {}, .log = &log_, .name = 'a'};
  Queued b{.head = {}, .log = &log_, .name = 'b'};
  run({[&] {
         call_rcu(&a.head, &log_name);
         call_rcu(&b.head, &log_name);
         rcu_barrier();
         log_.add('!');
       },
       [&] { step(); }});
  EXPECT_EQ(log_.text(), "ab!");
}

TEST_F(RcuTest, BarrierWithoutCallbacksDoesNotWaitForReaders) {
  run({[&] {
         rcu_read_lock();
         go_to(kCpu1);
         log_.add('r');
         rcu_read_unlock();
       },
       [&] {
         rcu_barrier();
         log_.add('b');
       }});
  EXPECT_EQ(log_.text(), "br");
}

TEST_F(RcuTest, ACallbackThatWaitsForAReaderWhoNeverLeavesIsADeadlock) {
  Queued queued{.head = {}, .log = &log_, .name = 'c'};
  const auto found = run({[&] {
    rcu_read_lock();
    call_rcu(&queued.head, &log_name);
  }});
  EXPECT_EQ(found, FindingKind::kDeadlock);
  EXPECT_EQ(text(), "RCU callbacks wait for a grace period");
}

TEST_F(RcuTest, QueueingAHeadThatIsQueuedIsADoubleFree) {
  rcu_head head;
  const auto found = run({[&] {
    call_rcu(&head, [](rcu_head*) {});
    call_rcu(&head, [](rcu_head*) {});
  }});
  EXPECT_EQ(found, FindingKind::kDoubleFree);
  EXPECT_EQ(text(), "call_rcu of a head that is queued already");
}

TEST_F(RcuTest, ACallbackMayQueueItsHeadAgain) {
  rcu_head head;
  const auto found = run({[&] {
    call_rcu(&head, [](rcu_head* again) { call_rcu(again, [](rcu_head*) {}); });
    rcu_barrier();
  }});
  EXPECT_EQ(found, kClean);
}

// --- Who may sleep ---

TEST_F(RcuTest, WaitingForAGracePeriodInsideASectionSleepsThere) {
  const auto found = run({[] {
    rcu_read_lock();
    synchronize_rcu();
  }});
  EXPECT_EQ(found, FindingKind::kSleepInRcu);
}

TEST_F(RcuTest, WaitingForCallbacksInsideASectionSleepsThere) {
  const auto found = run({[] {
    rcu_read_lock();
    rcu_barrier();
  }});
  EXPECT_EQ(found, FindingKind::kSleepInRcu);
}

TEST_F(RcuTest, ACallbackMayNotSleep) {
  rcu_head head;
  const auto found = run({[&] { call_rcu(&head, [](rcu_head*) { synchronize_rcu(); }); }});
  EXPECT_EQ(found, FindingKind::kSleepInRcu);
  EXPECT_EQ(text(), "may sleep in an RCU callback");
}

// --- BUG_ON ---

TEST_F(RcuTest, BugOnQuotesItsCondition) {
  const int count = 3;
  EXPECT_EQ(run({[&] { BUG_ON(count > 2); }}), FindingKind::kBugOn);
  EXPECT_EQ(text(), "BUG_ON(count > 2)");
}

TEST_F(RcuTest, BugOnOfAFalseConditionDoesNothing) {
  const int count = 3;
  EXPECT_EQ(run({[&] { BUG_ON(count > 3); }}), kClean);
}

}  // namespace
}  // namespace revenant::kernel
