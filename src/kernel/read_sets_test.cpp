#include "kernel/read_sets.h"

#include <array>
#include <vector>

#include "kernel/compiler.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

using sim::Feature;

// One CPU is the reader, and does itself what others may do while it stands.
class ReadSetsTest : public SlabFeaturesTest {
 protected:
  // A fresh object that `pointer_` names, found by a reader who is inside a section from now on.
  thing* find_fresh() {
    thing* const object = alloc();
    WRITE_ONCE(pointer_, object);
    rcu_read_lock();
    EXPECT_EQ(READ_ONCE(pointer_), object);
    return object;
  }
  // A store to what no reader has read: now the reader is looked at.
  void store_elsewhere() { WRITE_ONCE(elsewhere_, 1); }

  // Views that readers came to have so far.
  std::ptrdiff_t views() const { return seen(Feature::kReadSet); }

  thing* pointer_ = nullptr;
  int elsewhere_ = 0;
};

TEST_F(ReadSetsTest, NothingIsSeenWhileTheObjectLives) {
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              store_elsewhere();
              WRITE_ONCE(pointer_, nullptr);
              EXPECT_EQ(views(), 0);
              rcu_read_unlock();
              free(object);
            }}),
            kClean);
}

TEST_F(ReadSetsTest, FreedAndRecycledAreTwoViews) {
  EXPECT_EQ(run({[&] {
              free(find_fresh());
              store_elsewhere();
              EXPECT_EQ(views(), 1);
              thing* const recycled = alloc();
              store_elsewhere();
              EXPECT_EQ(views(), 2);
              rcu_read_unlock();
              free(recycled);
            }}),
            kClean);
}

TEST_F(ReadSetsTest, ThatTheWordComesBackIsAView) {
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              WRITE_ONCE(pointer_, nullptr);
              free(object);
              EXPECT_EQ(alloc(), object);
              store_elsewhere();
              EXPECT_EQ(views(), 1);
              WRITE_ONCE(pointer_, object);
              EXPECT_EQ(views(), 2);
              rcu_read_unlock();
              free(object);
            }}),
            kClean);
}

TEST_F(ReadSetsTest, AReadModifyWriteIsAStore) {
  atomic_t count = ATOMIC_INIT(1);
  EXPECT_EQ(run({
                [&] {
                  share(find_fresh());
                  EXPECT_EQ(atomic_read(&count), 1);
                  go_to(kCpu1);
                  rcu_read_unlock();
                },
                [&] {
                  free(shared());
                  atomic_inc(&count);
                  EXPECT_EQ(views(), 1);
                  atomic_dec(&count);
                  EXPECT_EQ(views(), 2);
                },
            }),
            kClean);
}

TEST_F(ReadSetsTest, AReaderKnowsWhatItMadeOfAWord) {
  atomic_t count = ATOMIC_INIT(1);
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              EXPECT_EQ(atomic_read(&count), 1);
              free(object);
              store_elsewhere();
              atomic_inc(&count);
              EXPECT_EQ(views(), 1);
              rcu_read_unlock();
            }}),
            kClean);
}

TEST_F(ReadSetsTest, WhatIsReadAnewIsKnownAnew) {
  EXPECT_EQ(run({[&] {
              free(find_fresh());
              EXPECT_EQ(alloc(), READ_ONCE(pointer_));
              thing* const recycled = READ_ONCE(pointer_);
              store_elsewhere();
              EXPECT_EQ(views(), 0);
              rcu_read_unlock();
              free(recycled);
            }}),
            kClean);
}

TEST_F(ReadSetsTest, AReaderWhoHasLeftIsNotLookedAt) {
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              rcu_read_unlock();
              free(object);
              store_elsewhere();
              rcu_read_lock();  // Another section, which has read nothing yet.
              store_elsewhere();
              rcu_read_unlock();
              EXPECT_EQ(views(), 0);
            }}),
            kClean);
}

TEST_F(ReadSetsTest, AnotherCpuIsSeenToStandStill) {
  EXPECT_EQ(run({
                [&] {
                  share(find_fresh());
                  go_to(kCpu1);
                  rcu_read_unlock();
                },
                [&] {
                  free(shared());
                  store_elsewhere();
                },
            }),
            kClean);
  EXPECT_EQ(views(), 1);
}

TEST_F(ReadSetsTest, OfManyWordsTheLastCount) {
  std::array<int, 16> words{};
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              for (const int& word : words) READ_ONCE(word);
              free(object);
              store_elsewhere();
              EXPECT_EQ(views(), 0);
              rcu_read_unlock();
            }}),
            kClean);
}

// --- An outlook of the subject's own ---

std::uint64_t view_to_tell;
std::vector<const void*> asked_about;
std::array<const void*, 2> watched;
std::array<std::uint64_t, 2> values_read;

class OutlookTest : public ReadSetsTest {
 protected:
  void SetUp() override {
    asked_about.clear();
    watched = {};
    values_read = {};
    asked_about.reserve(16);
    outlook_ = [](const StaleReader& reader) {
      asked_about.assign({reader.word, reader.object});
      for (std::size_t i = 0; i < watched.size(); ++i) {
        values_read[i] = reader.value_read(watched[i]);
      }
      return view_to_tell;
    };
    ReadSetsTest::SetUp();
  }
};

TEST_F(OutlookTest, IsAskedForTheWordAndTheObjectThatItNamed) {
  view_to_tell = 1;
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              WRITE_ONCE(pointer_, nullptr);
              EXPECT_TRUE(asked_about.empty());
              free(object);
              store_elsewhere();
              EXPECT_EQ(asked_about, (std::vector<const void*>{&pointer_, object}));
              rcu_read_unlock();
            }}),
            kClean);
}

TEST_F(OutlookTest, IsToldWhatTheReaderHasRead) {
  int word = 1;
  const int unread = 1;
  watched = {&word, &unread};
  view_to_tell = 1;
  EXPECT_EQ(run({[&] {
              thing* const object = find_fresh();
              READ_ONCE(word);
              WRITE_ONCE(word, 2);
              free(object);
              store_elsewhere();
              EXPECT_EQ(values_read, (std::array<std::uint64_t, 2>{1, 0}));
              rcu_read_unlock();
            }}),
            kClean);
}

TEST_F(OutlookTest, SaysWhatIsAnotherView) {
  EXPECT_EQ(run({[&] {
              free(find_fresh());
              for (view_to_tell = 0; view_to_tell < 4; ++view_to_tell) {
                store_elsewhere();
                EXPECT_EQ(views(), static_cast<std::ptrdiff_t>(view_to_tell));
              }
              rcu_read_unlock();
            }}),
            kClean);
}

}  // namespace
}  // namespace revenant::kernel
