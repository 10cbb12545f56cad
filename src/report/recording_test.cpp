#include "report/recording.h"

#include <algorithm>

#include "report/test_run.h"

namespace revenant {
namespace {

// What the events of a recording share with a textbook: who happened before whom.
bool happened_before(const Recording& recording, EventIndex a, EventIndex b) {
  const std::size_t cpu = index_of(recording.events[a].event.at.cpu);
  return recording.events[a].clock[cpu] <= recording.events[b].clock[cpu];
}

TEST(Recording, ALoadTakesItsValueFromTheLastStoreToThePlace) {
  const RecordedRun run("recycle_2010", "as_posted");
  const auto& events = run.recording().events;
  EXPECT_EQ(events[run.event("READ_ONCE(page0.mapping)")].reads_from,
            run.event("WRITE_ONCE(page0.mapping"));
  EXPECT_EQ(events[run.event("atomic_cmpxchg(page0.buddy)")].reads_from, kNoEvent);
}

TEST(Recording, TheSectionOfTheReaderCoversTheFreeAndTheReuse) {
  const RecordedRun run("recycle_2010", "as_posted");
  ASSERT_EQ(run.recording().sections.size(), 1U);
  const Span& section = run.recording().sections[0];
  EXPECT_EQ(index_of(section.cpu), 0U);
  EXPECT_TRUE(covers(section, run.event("kmem_cache_free(anon_vma0#1)")));
  EXPECT_TRUE(covers(section, run.event("kmem_cache_alloc(anon_vma0#2)")));
  EXPECT_FALSE(covers(section, run.event("kmem_cache_alloc(anon_vma0#1)")));
}

TEST(Recording, ALockIsHeldFromItsTakingToItsRelease) {
  const RecordedRun run("recycle_2010", "as_posted");
  const auto& holds = run.recording().holds;
  const auto first = std::ranges::find(holds, "mm0.mmap_lock", &Hold::lock);
  ASSERT_NE(first, holds.end());
  EXPECT_EQ(first->from, run.event("mutex_lock(mm0.mmap_lock)"));
  EXPECT_EQ(first->to, run.event("mutex_unlock(mm0.mmap_lock)"));
  const auto open = std::ranges::find(holds, kNoEvent, &Hold::to);
  ASSERT_NE(open, holds.end());
  EXPECT_EQ(open->from, run.event("mutex_trylock(anon_vma0#2.lock)"));
}

TEST(Recording, EachLifeOfAnObjectEndsWithItsFree) {
  const RecordedRun run("recycle_2010", "as_posted");
  std::vector<ObjectLife> lives = run.recording().lives;
  std::erase_if(lives, [](const ObjectLife& life) { return life.object != "anon_vma0"; });
  ASSERT_EQ(lives.size(), 2U);
  EXPECT_EQ(lives[0].to, run.event("kmem_cache_free(anon_vma0#1)"));
  EXPECT_EQ(lives[1].life, 2U);
  EXPECT_EQ(lives[1].to, kNoEvent);
}

TEST(Recording, TheReuseHappensAfterTheFreeButNotAfterWhatTheReaderDid) {
  const RecordedRun run("recycle_2010", "as_posted");
  const Recording& recording = run.recording();
  const EventIndex free = run.event("kmem_cache_free(anon_vma0#1)");
  const EventIndex reuse = run.event("kmem_cache_alloc(anon_vma0#2)");
  const EventIndex look_up = run.event("READ_ONCE(page0.mapping)");
  EXPECT_TRUE(happened_before(recording, free, reuse));
  EXPECT_FALSE(happened_before(recording, look_up, reuse));
  EXPECT_FALSE(happened_before(recording, free, look_up));
}

TEST(Recording, AMessageThroughAReadBarrierIsOrdered) {
  const RecordedRun run("recycle_2010", "as_posted");
  // The trylock meets what CPU 2 did under the same lock.
  EXPECT_TRUE(happened_before(run.recording(), run.event("WRITE_ONCE(anon_vma0#2.root"),
                              run.event("mutex_trylock(anon_vma0#2.lock)")));
}

TEST(Recording, AReleaseThatAFullUpdateReadsHappensBeforeIt) {
  const RecordedRun run = RecordedRun::of_text(
      "schedule anon_vma\n"
      "cpu 0: fault mm0 page0, exit mm0\n"
      "cpu 1: fault mm1 page0\n",
      "v6_repaired");
  const auto& events = run.recording().events;
  const EventIndex release = run.event("atomic_set_release(page0.buddy, 1)");
  const auto update = std::ranges::find(events, release, &RecordedEvent::reads_from);
  ASSERT_NE(update, events.end());
  EXPECT_EQ(update->text, "atomic_cmpxchg(page0.buddy) 1 -> 0 = true");
  EXPECT_TRUE(
      happened_before(run.recording(), release, static_cast<EventIndex>(update - events.begin())));
}

// If it had, the load would not have been allowed to miss it.
TEST(Recording, AStoreThatALoadMissedDidNotHappenBeforeTheLoad) {
  const RecordedRun run = RecordedRun::of_text(
      "schedule nf_conntrack\n"
      "cpu 0: create key0\n"
      "cpu 1: find key0\n"
      "choose cpu 1 op 0 point 2 value 1\n",
      "weak_fixed", "nf_conntrack");
  const EventIndex store = run.event("rcu_assign_pointer(bucket0.first, nf_conn0#1)");
  const EventIndex load = run.event("rcu_dereference(bucket0.first) = 1 [newest: nf_conn0#1]");
  EXPECT_EQ(run.recording().events[load].reads_from, kNoEvent);
  EXPECT_FALSE(happened_before(run.recording(), store, load));
}

TEST(Recording, ATrylockThatIsRelaxedOrdersNothing) {
  const RecordedRun run = RecordedRun::of_text(
      "schedule anon_vma\n"
      "cpu 0: fault mm0 page0, lock page0\n"
      "cpu 1: lock page0\n"
      "preempt cpu 0 op 1 point 0 to cpu 1\n",
      "weak_trylock_relaxed");
  const auto& events = run.recording().events;
  const EventIndex trylock = run.event("down_read_trylock_relaxed(");
  EXPECT_EQ(events[trylock].effect.ordering, sim::Ordering::kRelaxed);
}

TEST(Recording, APageGoesAfterTheFreesOfAllItsObjectsAndTheSectionsAtTheLast) {
  const RecordedRun run = RecordedRun::of_text(
      "schedule anon_vma\n"
      "cpu 0: lock page1\n"
      "cpu 1: fault mm0 page0, fault mm1 page1, exit mm0, exit mm1\n"
      "preempt cpu 0 op 0 point 0 to cpu 1\n"
      "preempt cpu 1 op 3 point 0 to cpu 0\n"
      "preempt cpu 0 op 0 point 5 to cpu 1\n"
      "choose cpu 1 op 3 point 12 value 1\n",
      "fixed");
  const EventIndex returned = run.event("slab page returned");
  for (const char* const before :
       {"kmem_cache_free(anon_vma0", "kmem_cache_free(anon_vma1", "rcu_read_unlock"}) {
    EXPECT_TRUE(happened_before(run.recording(), run.event(before), returned)) << before;
  }
}

TEST(Recording, ACallbackHappensAfterTheSectionsThatItWaitedFor) {
  const RecordedRun run("page_given_back", "fixed");
  const Recording& recording = run.recording();
  const EventIndex returned = run.event("slab page returned");
  for (const Span& section : recording.sections) {
    if (section.to < returned) EXPECT_TRUE(happened_before(recording, section.to, returned));
  }
  EXPECT_FALSE(recording.sections.empty());
}

TEST(Recording, ACleanRunBlamesNobody) {
  const RecordedRun run("recycle_2010", "fixed");
  EXPECT_EQ(run.recording().guilty, kNoEvent);
}

TEST(Recording, APlaceInATypeHasNoNumber) {
  const RecordedRun run("recycle_2010", "as_posted");
  const auto place_of = [&](std::string_view text) {
    return place_in_type(run.input().memory,
                         run.recording().events[run.event(text)].event.object.bits);
  };
  EXPECT_EQ(place_of("WRITE_ONCE(anon_vma0#2.root"), "anon_vma.root");
  EXPECT_EQ(place_of("WRITE_ONCE(mm1.ptes[1]"), "mm.ptes");
  EXPECT_EQ(place_in_type(run.input().memory, 0), "");
}

}  // namespace
}  // namespace revenant
