#include <algorithm>

#include "litmus/test_files.h"
#include "litmus/witness.h"

namespace revenant::litmus {
namespace {

std::string test_of(const std::string& init, const std::string& p0, const std::string& p1,
                    const std::string& condition) {
  return "C t\n{" + init + "}\nP0(int *x, int *y, int *z, spinlock_t *l) {" + p0 +
         "}\nP1(int *x, int *y, int *z, spinlock_t *l) {" + p1 + "}\n" + condition + "\n";
}

std::string verdict_of(const std::string& text) {
  return std::string(word_of(judge(parsed(text), {})));
}

bool has_flag(const Verdict& verdict, const std::string& flag) {
  return std::ranges::find(verdict.flags, flag) != verdict.flags.end();
}

std::string without_time(const std::string& text) { return text.substr(0, text.find("Time ")); }

const std::string kStores = "WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);";
const std::string kLoads = "int a = READ_ONCE(*y); int b = READ_ONCE(*x);";

TEST(LitmusVerdict, ReadsLikeHerd7s) {
  const LitmusTest test = parsed(test_of("", kStores, kLoads, "exists (1:a=1 /\\ 1:b=0)"));
  EXPECT_EQ(without_time(verdict_text(test, judge(test, {}))),
            "Test t Allowed\n"
            "States 4\n"
            "1:a=0; 1:b=0;\n"
            "1:a=0; 1:b=1;\n"
            "1:a=1; 1:b=0;\n"
            "1:a=1; 1:b=1;\n"
            "Ok\n"
            "Witnesses\n"
            "Positive: 1 Negative: 3\n"
            "Condition exists (1:a=1 /\\ 1:b=0)\n"
            "Observation t Sometimes 1 3\n");
}

TEST(LitmusVerdict, KnowsTheThreeQuantifiers) {
  const auto text = [](const std::string& condition) {
    const LitmusTest test = parsed(test_of("", "WRITE_ONCE(*x, 1);", "", condition));
    return without_time(verdict_text(test, judge(test, {})));
  };
  EXPECT_EQ(text("forall (x=1)"),
            "Test t Required\nStates 1\nx=1;\nOk\nWitnesses\nPositive: 1 Negative: 0\n"
            "Condition forall (x=1)\nObservation t Always 1 0\n");
  EXPECT_EQ(text("~exists (x=0)"),
            "Test t Forbidden\nStates 1\nx=1;\nOk\nWitnesses\nPositive: 1 Negative: 0\n"
            "Condition ~exists (x=0)\nObservation t Never 0 1\n");
  EXPECT_EQ(text("exists (x=0)"),
            "Test t Allowed\nStates 1\nx=1;\nNo\nWitnesses\nPositive: 0 Negative: 1\n"
            "Condition exists (x=0)\nObservation t Never 0 1\n");
}

TEST(LitmusVerdict, DropsWhatTheFilterDoesNotHoldOf) {
  EXPECT_EQ(verdict_of(test_of("", kStores, kLoads, "filter (1:a=1) forall (1:a=1)")), "Always");
}

TEST(LitmusVerdict, TellsAnAddressFromANumber) {
  const std::string text =
      "C t\n{ int *p = y; }\nP0(int **p, int *x) { WRITE_ONCE(*p, x); }\n"
      "P1(int **p, int *y) { int *a = READ_ONCE(*p); }\nlocations [p;] exists (1:a=x)\n";
  const LitmusTest test = parsed(text);
  const Verdict verdict = judge(test, {});
  EXPECT_EQ(states_of(test, verdict), (std::set<std::string>{"1:a=x; p=x;", "1:a=y; p=x;"}));
}

TEST(LitmusVerdict, SaysWhereLoadBufferingCouldChangeIt) {
  const auto judged = [](const std::string& p0, const std::string& p1) {
    return judge(parsed(test_of("", p0, p1, "exists (0:a=1 /\\ 1:b=1)")), {});
  };
  const std::string plain0 = "int a = READ_ONCE(*x); WRITE_ONCE(*y, 1);";
  const std::string plain1 = "int b = READ_ONCE(*y); WRITE_ONCE(*x, 1);";
  EXPECT_TRUE(has_flag(judged(plain0, plain1), "no load buffering"));
  EXPECT_TRUE(has_flag(judged("int a = READ_ONCE(*x); smp_mb(); WRITE_ONCE(*y, 1);", plain1),
                       "no load buffering"));
  EXPECT_EQ(judged("int a = READ_ONCE(*x); smp_mb(); WRITE_ONCE(*y, 1);",
                   "int b = READ_ONCE(*y); smp_store_release(x, 1);")
                .flags,
            std::vector<std::string>{});
  EXPECT_EQ(judged("int a = READ_ONCE(*x); if (a) WRITE_ONCE(*y, 1);",
                   "int b = smp_load_acquire(y); WRITE_ONCE(*x, 1);")
                .flags,
            std::vector<std::string>{});
  // After the join the branch orders nothing.
  EXPECT_TRUE(has_flag(judged("int a = READ_ONCE(*x); if (a) smp_rmb(); WRITE_ONCE(*y, 1);",
                              "int b = smp_load_acquire(y); WRITE_ONCE(*x, 1);"),
                       "no load buffering"));
}

TEST(LitmusVerdict, TakesAnUpdateThatMayFailForNoBarrier) {
  const auto judged = [](const std::string& p0) {
    const std::string p1 = "int b = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*x, 1);";
    return judge(parsed(test_of("", p0, p1, "exists (0:a=1 /\\ 1:b=1)")), {});
  };
  EXPECT_TRUE(has_flag(judged("int a = READ_ONCE(*x); cmpxchg(z, 5, 6); WRITE_ONCE(*y, 1);"),
                       "no load buffering"));
  EXPECT_TRUE(has_flag(judged("int a = cmpxchg_acquire(x, 5, 6); WRITE_ONCE(*y, 1);"),
                       "no load buffering"));
  EXPECT_EQ(judged("int a = READ_ONCE(*x); xchg(z, 6); WRITE_ONCE(*y, 1);").flags,
            std::vector<std::string>{});
  EXPECT_EQ(judged("int a = READ_ONCE(*x); cmpxchg(y, 0, 1);").flags, std::vector<std::string>{});
}

TEST(LitmusVerdict, FlagsABarrierWithoutWhatItGoesWith) {
  const auto is_stray = [](const std::string& p0) {
    return has_flag(judge(parsed(test_of("", p0, "", "exists (x=1)")), {}), "stray barrier");
  };
  EXPECT_TRUE(is_stray("smp_mb__before_atomic(); atomic_set(x, 1);"));
  EXPECT_FALSE(is_stray("smp_mb__before_atomic(); atomic_inc(x);"));
  EXPECT_FALSE(is_stray("atomic_inc(x); smp_mb__after_atomic();"));
  EXPECT_TRUE(is_stray("WRITE_ONCE(*x, 1); smp_mb__after_atomic();"));
  EXPECT_TRUE(is_stray("cmpxchg_relaxed(x, 5, 6); smp_mb__after_atomic();"));
  EXPECT_FALSE(is_stray("if (atomic_inc_not_zero(x)) smp_mb__after_atomic();"));
  EXPECT_FALSE(is_stray("spin_lock(l); smp_mb__after_spinlock(); spin_unlock(l);"));
  EXPECT_FALSE(is_stray("if (spin_trylock(l)) { smp_mb__after_spinlock(); spin_unlock(l); }"));
  EXPECT_TRUE(is_stray("spin_trylock(l); smp_mb__after_spinlock();"));
  EXPECT_TRUE(is_stray("smp_mb__after_unlock_lock();"));
}

TEST(LitmusVerdict, TakesARightSideOnlyWhereItDecides) {
  const auto always = [](const std::string& p0, const std::string& condition) {
    return verdict_of(test_of("", p0, "", "forall (" + condition + ")")) == "Always";
  };
  EXPECT_TRUE(always("int a = 0; if (a != 0 && atomic_dec_and_test(y)) a = 2;", "y=0 /\\ 0:a=0"));
  EXPECT_TRUE(always("int a = 1; if (a != 0 && xchg(y, 3) == 0) a = 2;", "y=3 /\\ 0:a=2"));
  EXPECT_TRUE(always("int a = 1; int b = a || xchg(y, 3);", "y=0 /\\ 0:b=1"));
  EXPECT_TRUE(always("int a = 0; int b = a || xchg(y, 3) || xchg(z, 4);", "y=3 /\\ z=4 /\\ 0:b=0"));
  EXPECT_TRUE(always("int a = 0; int b = (a && xchg(y, 3)) || (!a && !xchg(z, 4));",
                     "y=0 /\\ z=4 /\\ 0:b=1"));
  EXPECT_TRUE(always("int a = 1; int b = a ? 7 : xchg(x, 3);", "x=0 /\\ 0:b=7"));
  EXPECT_TRUE(always("int a = 0; int b = a ? xchg(y, 3) + 7 : a || !xchg(x, 3) ? 5 : xchg(z, 1);",
                     "x=3 /\\ y=0 /\\ z=0 /\\ 0:b=5"));
  EXPECT_TRUE(
      always("int *p = NULL; int b = 9; if (p != NULL && READ_ONCE(*p) == 1) b = 1;", "0:b=9"));
  EXPECT_TRUE(
      always("int i; int n = 0; for (i = 0; i < 3 && xchg(y, i) < 1; i = i + (i && "
             "atomic_inc_return(z)) + 1) n++;",
             "y=1 /\\ z=1 /\\ 0:n=2 /\\ 0:i=3"));
}

TEST(LitmusVerdict, AnAcquireOfACpusOwnReleaseOrdersNothing) {
  const auto judged = [](const std::string& between) {
    const std::string p0 = "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1);";
    const std::string p1 = "int a = READ_ONCE(*y); " + between + " int b = READ_ONCE(*x);";
    return verdict_of(test_of("", p0, p1, "exists (1:a=1 /\\ 1:b=0)"));
  };
  EXPECT_EQ(judged("smp_store_release(z, 1); int c = smp_load_acquire(z);"), "Sometimes");
  EXPECT_EQ(judged("spin_lock(l); spin_unlock(l); spin_lock(l); spin_unlock(l);"), "Never");
  EXPECT_EQ(judged("smp_rmb();"), "Never");
}

TEST(LitmusVerdict, AResultInThePlaceOfAnOperandHidesNoDependency) {
  const auto judged = [](const std::string& update) {
    return verdict_of(
        "C t\n{ a=w; x=w; z=0; w=0; }\n"
        "P0(int *z, int **a) { WRITE_ONCE(*z, 1); smp_wmb(); WRITE_ONCE(*a, z); }\n"
        "P1(int **a, int **x, int *w, int *z) { int *r1; int *r2; int *r4;\n"
        "r1 = READ_ONCE(*a); " +
        update +
        " r2 = READ_ONCE(*x); int r3 = READ_ONCE(*r2); }\n"
        "exists (1:r2=z /\\ 1:r3=0)\n");
  };
  EXPECT_EQ(judged("r4 = xchg_relaxed(x, r1);"), "Never");
  EXPECT_EQ(judged("r1 = xchg_relaxed(x, r1);"), "Never");
  EXPECT_EQ(judged("r1 = cmpxchg_relaxed(x, w, r1);"), "Never");
}

TEST(LitmusVerdict, SaysWhereAnEarlierStoreCouldChangeIt) {
  const Verdict verdict = judge(test_named("rules/early-store"), {});
  EXPECT_EQ(verdict.flags, std::vector<std::string>{"no early stores"});
}

TEST(LitmusVerdict, FlagsADataRaceAndOnlyThat) {
  const auto races = [](const std::string& p0, const std::string& p1) {
    return has_flag(judge(parsed(test_of("", p0, p1, "exists (x=0)")), {}), "data-race");
  };
  const std::string release = "*x = 1; smp_store_release(y, 1);";
  EXPECT_FALSE(races(release, "int a = smp_load_acquire(y); if (a) { int b = *x; }"));
  EXPECT_TRUE(races(release, "int a = READ_ONCE(*y); if (a) { int b = *x; }"));
  EXPECT_TRUE(races(release, "int a = smp_load_acquire(y); int b = *x;"));
  EXPECT_TRUE(races("*x = 1;", "WRITE_ONCE(*x, 2);"));
  EXPECT_FALSE(races("WRITE_ONCE(*x, 1);", "WRITE_ONCE(*x, 2);"));
  const std::string locked = "spin_lock(l); *x = *x + 1; spin_unlock(l);";
  EXPECT_FALSE(races(locked, locked));
  EXPECT_TRUE(races(locked, "*x = 2;"));
  // A load that was known before the store is made.
  EXPECT_FALSE(
      races("int a = *x; smp_store_release(y, 1);", "int b = smp_load_acquire(y); if (b) *x = 1;"));
  EXPECT_TRUE(
      races("int a = *x; WRITE_ONCE(*y, 1);", "int b = smp_load_acquire(y); if (b) *x = 1;"));
  EXPECT_FALSE(races(
      "rcu_read_lock(); int a = READ_ONCE(*y); if (a == 0) { int c = *x; } rcu_read_unlock();",
      "WRITE_ONCE(*y, 1); synchronize_rcu(); *x = 1;"));
}

TEST(LitmusVerdict, IsUnknownWhereALoopNeedsMoreRoundsThanAreTried) {
  const std::string spins = "int a; do { a = READ_ONCE(*y); } while (a != 7);";
  const Verdict verdict = judge(parsed(test_of("", kStores, spins, "exists (1:a=7)")), {});
  EXPECT_EQ(word_of(verdict), "unknown");
  EXPECT_TRUE(has_flag(verdict, "loops cut"));
  EXPECT_EQ(verdict_of(test_of("", "int i; for (i = 0; i < 4; i++) atomic_inc(x);", "",
                               "forall (x=4 /\\ 0:i=4)")),
            "Always");
}

TEST(LitmusVerdict, IsUnknownWhereTimeOrStatesRunOut) {
  const LitmusTest test = test_named("shapes/RCU-2G2R");
  const Verdict few = judge(test, {.limits = {.seconds = 0, .states = 10}});
  EXPECT_EQ(word_of(few), "unknown");
  EXPECT_EQ(few.unknown, "too many states");
}

TEST(LitmusVerdict, SaysWhereThereMayBeMoreStates) {
  const std::string init = "int z=0;";
  const std::string p0 = "*z = 1;" + kStores;
  const LitmusTest test = parsed(test_of(init, p0, kLoads, "exists (1:a=1 /\\ 1:b=0)"));
  const Verdict whole = judge(test, {});
  EXPECT_EQ(whole.flags, std::vector<std::string>{});
  bool is_seen = false;
  for (std::size_t states = 1; states < whole.explored; ++states) {
    const Verdict some = judge(test, {.limits = {.seconds = 0, .states = states}});
    if (some.states.size() == whole.states.size()) break;
    if (!some.unknown.empty()) continue;
    is_seen = true;
    EXPECT_TRUE(has_flag(some, "states incomplete: too many states"));
    EXPECT_TRUE(has_flag(some, "data-race not decided"));
  }
  EXPECT_TRUE(is_seen);
}

TEST(LitmusVerdict, BearsAnyNumberOfStoresToOneWord) {
  const std::string body =
      "int i; int j; int k; for (i = 0; i < 8; i++) { for (j = 0; j < 8; j++) "
      "{ for (k = 0; k < 8; k++) { ";
  std::string stores;
  for (int n = 0; n < 34; ++n) stores += "WRITE_ONCE(*x, 1);";
  EXPECT_EQ(verdict_of(test_of("", body + stores + " } } }", "", "exists (x=2)")), "unknown");
}

TEST(LitmusVerdict, IsUnknownWhereAWordHasMoreStoresThanAreKept) {
  std::string stores;
  for (int i = 0; i < 40; ++i) stores += "WRITE_ONCE(*x, " + std::to_string(i) + ");";
  EXPECT_EQ(verdict_of(test_of("", stores, "int a = READ_ONCE(*x);", "exists (1:a=77)")),
            "unknown");
}

TEST(LitmusVerdict, LeavesOutExecutionsThatDoNotEnd) {
  const Verdict verdict = judge(parsed(test_of("", "spin_lock(l); WRITE_ONCE(*x, 1);",
                                               "spin_lock(l); WRITE_ONCE(*y, 1);", "exists (x=1)")),
                                {});
  EXPECT_TRUE(verdict.states.empty());
  EXPECT_TRUE(has_flag(verdict, "deadlock"));
}

TEST(LitmusVerdict, FlagsALockGivenBackByWhoDoesNotHoldIt) {
  const Verdict verdict = judge(parsed(test_of("", "spin_unlock(l);", "", "exists (x=0)")), {});
  EXPECT_TRUE(has_flag(verdict, "unmatched-unlock"));
}

TEST(LitmusVerdict, FaultsWhereAValueHasNoMeaning) {
  const auto fault_of = [](const std::string& p0) {
    try {
      judge(parsed(test_of("", p0, "", "exists (x=0)")), {});
    } catch (const Fault& fault) {
      return fault.text;
    }
    return std::string();
  };
  EXPECT_EQ(fault_of("int a = READ_ONCE(*x); int b = READ_ONCE(*a);"),
            "the address of a shared word, not 0");
  EXPECT_NE(fault_of("int a = 1 / READ_ONCE(*x);"), "");
  EXPECT_NE(fault_of("WRITE_ONCE(*x, y); atomic_add(1, x);"), "");
  EXPECT_NE(fault_of("rcu_read_unlock();"), "");
  EXPECT_NE(fault_of("int i; int j; int k; int n; for (i = 0; i < 8; i++) for (j = 0; j < 8; j++) "
                     "for (k = 0; k < 8; k++) for (n = 0; n < 8; n++) ;"),
            "");
}

// Mutexes order no more than acquire and release do.
TEST(LitmusVerdict, GivesMutexesNoHandOff) {
  const std::string text =
      "C t\n{}\nP0(struct mutex *m, int *x) { mutex_lock(m); WRITE_ONCE(*x, 1); mutex_unlock(m); "
      "}\n"
      "P1(struct mutex *m, int *x, int *y) { int a; mutex_lock(m); a = READ_ONCE(*x); "
      "WRITE_ONCE(*y, 1); mutex_unlock(m); }\n"
      "P2(int *x, int *y) { int b = READ_ONCE(*y); smp_rmb(); int c = READ_ONCE(*x); }\n"
      "exists (1:a=1 /\\ 2:b=1 /\\ 2:c=0)\n";
  EXPECT_EQ(verdict_of(text), "Sometimes");
  EXPECT_EQ(word_of(judge(test_named("shapes/LK-hand-off"), {})), "Never");
}

TEST(LitmusWitness, MarksWhatTookAnOlderValueAndWhatItShouldHaveBeen) {
  const LitmusTest test = parsed(test_of("", kStores, kLoads, "exists (1:a=1 /\\ 1:b=0)"));
  const Verdict verdict = judge(test, {.wants_witness = true});
  ASSERT_TRUE(verdict.witness);
  EXPECT_EQ(witness_text(test, witness_of(test, *verdict.witness)),
            " step  source    P0                      P1\n"
            "    1  3:44         WRITE_ONCE(*x, 1)\n"
            "    2  3:63         WRITE_ONCE(*y, 1)\n"
            "    3  4:52                                 READ_ONCE(*y) = 1\n"
            "    4  4:75                                 READ_ONCE(*x) = 0  <- stale: newest is 1\n"
            "needs weak memory: 1 of the choices is not the newest\n");
}

// Of 2+2W one of the two stores lands in the middle, whichever is looked at.
TEST(LitmusWitness, KnowsWhoStoredWhatALoadReads) {
  const LitmusTest test = parsed(
      "C middle\n{}\n"
      "P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 2); }\n"
      "P1(int *x, int *y) { WRITE_ONCE(*y, 1); WRITE_ONCE(*x, 2); }\n"
      "P2(int *x) { int a = READ_ONCE(*x); int b = READ_ONCE(*x); }\n"
      "P3(int *y) { int a = READ_ONCE(*y); int b = READ_ONCE(*y); }\n"
      "exists (2:a=2 /\\ 2:b=1 /\\ 3:a=2 /\\ 3:b=1 /\\ x=1 /\\ y=1)\n");
  const Verdict verdict = judge(test, {.wants_witness = true});
  ASSERT_TRUE(verdict.witness);
  const Witness witness = witness_of(test, *verdict.witness);
  int loads = 0;
  for (const WitnessStep& step : witness.steps) {
    if (step.process < 2) continue;
    ASSERT_TRUE(step.reads_from);
    const std::string word = step.process == 2 ? "x" : "y";
    const std::string stored = witness.steps[*step.reads_from].text;
    EXPECT_EQ("WRITE_ONCE(*" + word + ", " + step.result.substr(3) + ")", stored);
    ++loads;
  }
  EXPECT_EQ(loads, 4);
}

TEST(LitmusWitness, ALockThroughAPointerIsHeld) {
  const LitmusTest test = parsed(
      "C pointer\n{ p=l; }\n"
      "P0(spinlock_t **p, int *x) { spinlock_t *a = READ_ONCE(*p); spin_lock(a); WRITE_ONCE(*x, "
      "1); "
      "spin_unlock(a); }\n"
      "exists (x=1)\n");
  const Verdict verdict = judge(test, {.wants_witness = true});
  ASSERT_TRUE(verdict.witness);
  EXPECT_EQ(witness_of(test, *verdict.witness).holds.size(), 1U);
}

TEST(LitmusWitness, SectionsOfTwoDomainsAreTwo) {
  const LitmusTest test = parsed(
      "C srcu\n{}\n"
      "P0(int *x, struct srcu_struct *s) { int i; rcu_read_lock(); i = srcu_read_lock(s); "
      "rcu_read_unlock(); WRITE_ONCE(*x, 1); srcu_read_unlock(s, i); }\n"
      "exists (x=1)\n");
  const Verdict verdict = judge(test, {.wants_witness = true});
  ASSERT_TRUE(verdict.witness);
  const Witness witness = witness_of(test, *verdict.witness);
  ASSERT_EQ(witness.sections.size(), 2U);
  EXPECT_EQ(witness.sections[0].to, 2U);
  EXPECT_EQ(witness.sections[1].to, 4U);
}

TEST(LitmusRaces, AnAcquireFollowsWhatGaveItItsAddress) {
  for (const char* const acquire : {"int b = smp_load_acquire(a);", "spin_lock(a);"}) {
    const LitmusTest test = parsed(
        "C c\n{ p=u; }\n"
        "P0(int *x, int **p, int *z) { int r0 = *x; smp_store_release(p, z); }\n"
        "P1(int *x, int **p, int *z) { int *a = READ_ONCE(*p); " +
        std::string(acquire) + " if (a == z) { *x = 1; } }\nexists (x=7)\n");
    EXPECT_TRUE(judge(test, {}).flags.empty()) << acquire;
  }
}

TEST(LitmusWitness, PrefersPlainInterleaving) {
  const LitmusTest test = parsed(test_of("", kStores, kLoads, "exists (1:a=0 /\\ 1:b=1)"));
  const Verdict verdict = judge(test, {.wants_witness = true});
  ASSERT_TRUE(verdict.witness);
  EXPECT_NE(witness_text(test, witness_of(test, *verdict.witness)).find("plain interleaving"),
            std::string::npos);
}

}  // namespace
}  // namespace revenant::litmus
