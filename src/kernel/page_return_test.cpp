// A slab page goes back only after a grace period; then nothing of it may be touched.
#include "choice/random_choices.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

constexpr std::optional<FindingKind> kReturned = FindingKind::kUseAfterGracePeriod;

class PageReturnTest : public SlabTest {
 protected:
  void free_and_return(thing* object) {
    will_pick(1);
    free(object);
  }

  // What comes of a use of an object after its page was returned.
  std::optional<FindingKind> used(bool is_inside, const std::function<void(thing*)>& use) {
    return run({[&, is_inside] {
      thing* const object = alloc();
      free_and_return(object);
      if (is_inside) rcu_read_lock();
      go_to(sim::kRcuCpu);
      use(object);
      if (is_inside) rcu_read_unlock();
    }});
  }
};

void count_if_alive(thing* object) { atomic_inc_not_zero(&object->refcount); }
void load_data(thing* object) { READ_ONCE(object->data); }
void take_lock(thing* object) { mutex_trylock(&object->lock); }
void take_lock_briefly(thing* object) {
  take_lock(object);
  mutex_unlock(&object->lock);
}

// The longest section that such a page can meet began after the free, but before the return.
TEST_F(PageReturnTest, InsideASectionItsStableFieldsMayNotBeTouched) {
  EXPECT_EQ(used(true, count_if_alive), kReturned);
}
TEST_F(PageReturnTest, InsideASectionItsLockMayNotBeTaken) {
  EXPECT_EQ(used(true, take_lock), kReturned);
}
TEST_F(PageReturnTest, InsideASectionItsOtherFieldsMayNotBeTouched) {
  EXPECT_EQ(used(true, load_data), kReturned);
}
TEST_F(PageReturnTest, OutsideItsStableFieldsMayNotBeTouched) {
  EXPECT_EQ(used(false, count_if_alive), kReturned);
}
TEST_F(PageReturnTest, OutsideItsLockMayNotBeTaken) {
  EXPECT_EQ(used(false, take_lock), kReturned);
}
TEST_F(PageReturnTest, OutsideItsOtherFieldsMayNotBeTouched) {
  EXPECT_EQ(used(false, load_data), kReturned);
}

TEST_F(PageReturnTest, AFindingTellsTheObjectsHistory) {
  used(false, count_if_alive);
  EXPECT_EQ(text(),
            "access to returned thing0#1:freed.refcount: allocated by CPU 0 in op 0 at step "
            "1, freed by CPU 0 in op 0 at step 2");
}

#ifdef REVENANT_WITH_ASAN

TEST_F(PageReturnTest, InsideASectionItMayNotBeReadPlainly) {
  EXPECT_EQ(used(true, [](thing* object) { read_plainly(object->refcount.counter); }), kReturned);
}
TEST_F(PageReturnTest, OutsideItMayNotBeReadPlainly) {
  EXPECT_EQ(used(false, [](thing* object) { read_plainly(object->data); }), kReturned);
}
TEST_F(PageReturnTest, OutsideItMayNotBeWrittenPlainly) {
  EXPECT_EQ(used(false, [](thing* object) { write_plainly(object->data, 1); }), kReturned);
}

#else

TEST_F(PageReturnTest, APlainWriteAfterItIsFoundAtTheEnd) {
  EXPECT_EQ(used(false, [](thing* object) { write_plainly(object->data, 1); }), kClean);
  EXPECT_EQ(left_over(), FindingKind::kUseAfterFree);
}

TEST_F(PageReturnTest, APlainWriteBeforeItIsFoundByIt) {
  const auto found = run({[&] {
    thing* const object = alloc();
    free_and_return(object);
    write_plainly(object->data, 1);
  }});
  EXPECT_EQ(found, FindingKind::kUseAfterFree);
  EXPECT_EQ(machine_.finding()->at.cpu, sim::kRcuCpu);
}

#endif

// CPU 1 ends with the free. After it comes the CPU that returns pages, if there is one to return.
TEST_F(PageReturnTest, WaitsForAReaderThatSawTheObject) {
  const auto found = run({[&] {
                            thing* const object = alloc();
                            share(object);
                            rcu_read_lock();
                            go_to(kCpu1);
                            count_if_alive(object);
                            rcu_read_unlock();
                          },
                          [&] { free_and_return(shared()); }});
  EXPECT_EQ(found, kClean);
}

TEST_F(PageReturnTest, WaitsForReadersWhateverTheSchedule) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomChoices choices(seed);
    begin(choices);
    const auto found = run({[&] {
                              thing* const object = alloc();
                              share(object);
                              smp_mb();
                              free(object);
                            },
                            [&] {
                              rcu_read_lock();
                              thing* const object = shared();
                              const bool is_alive = object != nullptr && !slab().is_free(object);
                              step();
                              if (is_alive) count_if_alive(object);
                              step();
                              if (is_alive) take_lock_briefly(object);
                              rcu_read_unlock();
                            }});
    ASSERT_EQ(found, kClean) << text();
  }
}

TEST_F(PageReturnTest, IsNoneByDefault) {
  const auto found = run({[&] {
    thing* const object = alloc();
    rcu_read_lock();
    free(object);
    rcu_read_unlock();
    synchronize_rcu();
    EXPECT_EQ(alloc(), object);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(PageReturnTest, HappensOnlyWhenAllObjectsOfThePageAreFree) {
  const auto found = run({[&] {
    thing* const object = alloc();
    thing* const neighbour = alloc();
    free_and_return(object);
    step();
    EXPECT_EQ(alloc(), object);
    count_if_alive(neighbour);
  }});
  EXPECT_EQ(found, kClean);
}

TEST_F(PageReturnTest, KeepsTheObjectsFromBeingHandedOutAgain) {
  const auto found = run({[&] {
    thing* const object = alloc();
    free_and_return(object);
    for (int i = 0; i < 4; ++i) EXPECT_NE(alloc(), object);
    go_to(sim::kRcuCpu);
    for (int i = 0; i < 4; ++i) EXPECT_NE(alloc(), object);
  }});
  EXPECT_EQ(found, kClean);
}

}  // namespace
}  // namespace revenant::kernel
