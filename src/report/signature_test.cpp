#include "report/signature.h"

#include "report/test_run.h"

namespace revenant {
namespace {

std::string signature(const RecordedRun& run) { return signature_of(run.input(), run.recording()); }

TEST(Signature, OfARecycleNamesWhoLookedItUpFreedItAndGotItAgain) {
  const RecordedRun run("recycle_2010", "as_posted");
  EXPECT_EQ(signature(run),
            "recycled-object in anon_vma: find_anon_vma, anon_vma_free, anon_vma_alloc, anon_vma");
}

TEST(Signature, IsTheSameForTheSameBugByOtherOpsCpusAndObjects) {
  const RecordedRun by_lock("recycle_2010", "as_posted");
  const RecordedRun by_get("recycle_2010_get", "as_posted");
  const RecordedRun elsewhere = RecordedRun::of_text(
      "schedule anon_vma\n"
      "cpu 0: fault mm1 page2, lock page2\n"
      "cpu 1: fault mm0 page0, fork mm0 mm1\n"
      "preempt cpu 0 op 1 point 5 to cpu 1\n",
      "as_posted");
  ASSERT_TRUE(elsewhere.finding());
  EXPECT_EQ(signature(by_get), signature(by_lock));
  EXPECT_EQ(signature(elsewhere), signature(by_lock));
}

TEST(Signature, TellsBugsOfOneKindApart) {
  const RecordedRun retry("regressions/root_after_count", "v6_mapping_retry");
  const RecordedRun root("regressions/z2_unlocks_another_root", "z2_root_not_remembered");
  ASSERT_EQ(retry.finding()->kind, FindingKind::kWrongUnlock);
  ASSERT_EQ(root.finding()->kind, FindingKind::kWrongUnlock);
  EXPECT_EQ(signature(retry), "wrong-unlock in anon_vma: anon_vma_unlock_read, anon_vma.rwsem");
  EXPECT_EQ(signature(root),
            "wrong-unlock in anon_vma: page_lock_anon_vma_in_section, anon_vma.spin");
}

TEST(Signature, NamesTheSpinlockThatSomebodyMaySleepUnder) {
  const RecordedRun run("regressions/link_allocated_under_spinlock", "m34_allocates_under_lock");
  ASSERT_EQ(run.finding()->kind, FindingKind::kSleepInAtomic);
  EXPECT_EQ(signature(run), "sleep-in-atomic in anon_vma: alloc_chain, anon_vma.spin");
}

TEST(Signature, HasNoNumberNorBracket) {
  const RecordedRun run("regressions/z7_one_counter_for_two", "z7_one_counter");
  EXPECT_EQ(signature(run).find_first_of("0123456789#[]()<>"), std::string::npos) << signature(run);
}

TEST(Roles, AreTheEventsOfTheMailsSteps) {
  const RecordedRun run("recycle_2010", "as_posted");
  const Roles roles = roles_of(run.input(), run.recording());
  EXPECT_EQ(roles.named, run.event("READ_ONCE(page0.mapping)"));
  EXPECT_EQ(roles.freed, run.event("kmem_cache_free(anon_vma0#1)"));
  EXPECT_EQ(roles.allocated, run.event("kmem_cache_alloc(anon_vma0#2)"));
}

TEST(Roles, AreOfTheLifeThatTheBlamedOpFound) {
  // The second looks once more, and finds the life at the end under the old name.
  for (const char* const variant : {"as_posted", "as_posted_recheck"}) {
    const RecordedRun run = RecordedRun::two_lives_later(variant);
    const Roles roles = roles_of(run.input(), run.recording());
    EXPECT_EQ(roles.named, run.event("READ_ONCE(page0.mapping) = anon_vma0#1"));
    EXPECT_EQ(roles.freed, run.event("kmem_cache_free(anon_vma0#1)"));
    EXPECT_EQ(roles.allocated, run.event("kmem_cache_alloc(anon_vma0#2)"));
  }
}

TEST(Signature, OfALeakNamesWhoAllocated) {
  const RecordedRun run = RecordedRun::of_text(
      "schedule anon_vma\n"
      "cpu 0: fault mm0 page0, merge mm0, munmap mm0 vma1\n"
      "cpu 1: lock page0\n"
      "preempt cpu 0 op 1 point 5 to cpu 1\n",
      "m26_last_reference_kept");
  EXPECT_EQ(signature(run), "leak in anon_vma: anon_vma_alloc, anon_vma");
}

}  // namespace
}  // namespace revenant
