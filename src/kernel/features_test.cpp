// What primitives count as features of a run: a search that saw less of these would find less.
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

using sim::Feature;

class FeaturesTest : public SlabFeaturesTest {};

TEST_F(FeaturesTest, ALoadOfWhatAnotherCpuStored) {
  int word = 0;
  const auto found = run({
      [&] {
        WRITE_ONCE(word, 1);
        go_to(kCpu1);
      },
      [&] { EXPECT_EQ(READ_ONCE(word), 1); },
  });
  EXPECT_EQ(found, kClean);
  EXPECT_EQ(seen(Feature::kReadsFrom), 1);
}

TEST_F(FeaturesTest, ALoadOfWhatTheCpuStoredItselfIsNone) {
  int word = 0;
  EXPECT_EQ(run({[&] {
              WRITE_ONCE(word, 1);
              EXPECT_EQ(READ_ONCE(word), 1);
            }}),
            kClean);
  EXPECT_EQ(seen(Feature::kReadsFrom), 0);
}

// CPU 0 stands in one of two places with the object's lock when CPU 1 drops a reference.
TEST_F(FeaturesTest, WhereAHolderStandsWhenACountFalls) {
  for (const bool is_first : {true, false}) {
    begin(directed_, {.features = &counters_});
    const auto found = run({
        [&] {
          thing* const object = alloc();
          atomic_set(&object->refcount, 2);
          share(object);
          mutex_lock(&object->lock);
          is_first ? go_to(kCpu1) : step();
          is_first ? step() : go_to(kCpu1);
          mutex_unlock(&object->lock);
          atomic_dec(&object->refcount);
          free(object);
        },
        [&] { atomic_dec(&shared()->refcount); },
    });
    EXPECT_EQ(found, kClean) << text();
  }
  EXPECT_EQ(seen(Feature::kHolderAtCount), 2);
  EXPECT_EQ(seen(Feature::kWaiterAtCount), 0);
}

TEST_F(FeaturesTest, AWaiterForTheLockWhenACountFalls) {
  const auto found = run({
      [&] {
        thing* const object = alloc();
        atomic_set(&object->refcount, 2);
        share(object);
        mutex_lock(&object->lock);
        go_to(kCpu1);
        atomic_dec(&object->refcount);
        mutex_unlock(&object->lock);
      },
      [&] {
        thing* const object = shared();
        mutex_lock(&object->lock);
        mutex_unlock(&object->lock);
        atomic_dec(&object->refcount);
        free(object);
      },
  });
  EXPECT_EQ(found, kClean) << text();
  EXPECT_EQ(seen(Feature::kWaiters), 1);
  EXPECT_EQ(seen(Feature::kWaiterAtCount), 1);
  EXPECT_EQ(seen(Feature::kHolderAtCount), 0);
}

TEST_F(FeaturesTest, AnAccessInALaterLifeIsOne) {
  const auto found = run({[&] {
    for (int life = 0; life < 2; ++life) {
      thing* const object = alloc();
      atomic_set(&object->refcount, 0);
      free(object);
    }
  }});
  EXPECT_EQ(found, kClean) << text();
  EXPECT_EQ(seen(Feature::kRecycledAccess), 1);
}

}  // namespace
}  // namespace revenant::kernel
