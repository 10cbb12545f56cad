#include "kernel/rwsem.h"

#include "choice/random_choices.h"
#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class RwsemTest : public KernelTest {
 protected:
  RwsemTest() { init_rwsem(&sem_); }

  void SetUp() override {
    KernelTest::SetUp();
    machine_.memory().add({.begin = reinterpret_cast<std::uintptr_t>(&sem_),
                           .size_bytes = sizeof sem_,
                           .name = "sem",
                           .fields = std::span<const sim::Field>()});
  }

  rw_semaphore sem_{};
  Log log_;
};

TEST_F(RwsemTest, LetsOneWriterOrManyReadersInWhateverTheSchedule) {
  int most_readers = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomChoices choices(seed);
    begin(choices);
    std::atomic<int> readers = 0;
    std::atomic<int> writers = 0;
    std::atomic<int> most = 0;
    const auto read = [&] {
      down_read(&sem_);
      const int inside = readers.fetch_add(1, std::memory_order_relaxed) + 1;
      if (inside > most.load(std::memory_order_relaxed)) {
        most.store(inside, std::memory_order_relaxed);
      }
      EXPECT_EQ(writers.load(std::memory_order_relaxed), 0);
      step();
      readers.fetch_sub(1, std::memory_order_relaxed);
      up_read(&sem_);
    };
    const auto write = [&] {
      down_write(&sem_);
      EXPECT_EQ(writers.fetch_add(1, std::memory_order_relaxed), 0);
      EXPECT_EQ(readers.load(std::memory_order_relaxed), 0);
      step();
      writers.fetch_sub(1, std::memory_order_relaxed);
      up_write(&sem_);
    };
    ASSERT_EQ(run({read, read, write, write}), kClean);
    most_readers = std::max(most_readers, most.load());
  }
  EXPECT_EQ(most_readers, 2);
}

TEST_F(RwsemTest, AReaderThatFindsAWriterSleepsUntilItIsDone) {
  run({[&] {
         down_write(&sem_);
         go_to(kCpu1);
         log_.add('w');
         up_write(&sem_);
       },
       [&] {
         down_read(&sem_);
         log_.add('r');
         up_read(&sem_);
       }});
  EXPECT_EQ(log_.text(), "wr");
}

TEST_F(RwsemTest, AWriterThatFindsReadersSleepsUntilTheLastIsDone) {
  const auto read = [&](CpuId next) {
    return [&, next] {
      down_read(&sem_);
      go_to(next);
      log_.add('r');
      up_read(&sem_);
    };
  };
  const auto found = run({read(kCpu1), read(kCpu2), [&] {
                            down_write(&sem_);
                            log_.add('w');
                            up_write(&sem_);
                          }});
  EXPECT_EQ(found, kClean);
  EXPECT_EQ(log_.text(), "rrw");
}

TEST_F(RwsemTest, AWriterThatWaitsDoesNotKeepNewReadersOut) {
  run({[&] {
         down_read(&sem_);
         go_to(kCpu1);
         log_.add('0');
         up_read(&sem_);
       },
       [&] {
         down_write(&sem_);
         log_.add('w');
         up_write(&sem_);
       },
       [&] {
         down_read(&sem_);
         log_.add('2');
         up_read(&sem_);
       }});
  EXPECT_EQ(log_.text(), "20w");
}

TEST_F(RwsemTest, TrylockTakesItBesideReadersAndNotBesideAWriter) {
  const auto found = run({[&] {
                            down_read(&sem_);
                            go_to(kCpu1);
                            up_read(&sem_);
                            down_write(&sem_);
                            go_to(kCpu1);
                            up_write(&sem_);
                          },
                          [&] {
                            EXPECT_TRUE(down_read_trylock(&sem_));
                            up_read(&sem_);
                            go_to(kCpu0);
                            EXPECT_FALSE(down_read_trylock(&sem_));
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RwsemTest, IsLockedWhoeverHoldsIt) {
  run({[&] {
    EXPECT_FALSE(rwsem_is_locked(&sem_));
    down_read(&sem_);
    EXPECT_TRUE(rwsem_is_locked(&sem_));
    up_read(&sem_);
    EXPECT_FALSE(rwsem_is_locked(&sem_));
    down_write(&sem_);
    EXPECT_TRUE(rwsem_is_locked(&sem_));
    up_write(&sem_);
    EXPECT_FALSE(rwsem_is_locked(&sem_));
  }});
}

TEST_F(RwsemTest, TheOwnersAreKnown) {
  run({[&] {
    down_read(&sem_);
    EXPECT_EQ(lock_owners().any_held(), &sem_);
    up_read(&sem_);
    EXPECT_EQ(lock_owners().any_held(), nullptr);
    down_write(&sem_);
    EXPECT_EQ(lock_owners().any_held(), &sem_);
    up_write(&sem_);
    EXPECT_EQ(lock_owners().any_held(), nullptr);
  }});
}

// --- Findings ---

TEST_F(RwsemTest, UpReadOfAFreeOneIsAWrongUnlock) {
  EXPECT_EQ(run({[&] { up_read(&sem_); }}), FindingKind::kWrongUnlock);
  EXPECT_EQ(text(), "unlocks sem0, which it does not hold for reading");
}

TEST_F(RwsemTest, UpReadByAWriterIsAWrongUnlock) {
  const auto found = run({[&] {
    down_write(&sem_);
    up_read(&sem_);
  }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
}

TEST_F(RwsemTest, UpWriteByAReaderIsAWrongUnlock) {
  const auto found = run({[&] {
    down_read(&sem_);
    up_write(&sem_);
  }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
}

TEST_F(RwsemTest, UpReadForAnotherReaderIsAWrongUnlock) {
  const auto found = run({[&] {
                            down_read(&sem_);
                            go_to(kCpu1);
                          },
                          [&] { up_read(&sem_); }});
  EXPECT_EQ(found, FindingKind::kWrongUnlock);
}

using Take = void (*)(rw_semaphore*, Site);

TEST_F(RwsemTest, TakingWhatOneHoldsIsADeadlockInEitherWay) {
  for (const Take first : {&down_read, &down_write}) {
    for (const Take second : {&down_read, &down_write}) {
      begin(directed_);
      init_rwsem(&sem_);
      const auto found = run({[&] {
        first(&sem_, Site::current());
        second(&sem_, Site::current());
      }});
      EXPECT_EQ(found, FindingKind::kDeadlock);
      EXPECT_THAT(text(), testing::EndsWith("which it already holds"));
    }
  }
}

TEST_F(RwsemTest, TakingItInsideAReadSideSectionMaySleepThere) {
  for (const Take take : {&down_read, &down_write}) {
    begin(directed_);
    const auto found = run({[&] {
      rcu_read_lock();
      take(&sem_, Site::current());
    }});
    EXPECT_EQ(found, FindingKind::kSleepInRcu);
  }
}

TEST_F(RwsemTest, TrylockInsideAReadSideSectionIsAllowed) {
  const auto found = run({[&] {
    rcu_read_lock();
    EXPECT_TRUE(down_read_trylock(&sem_));
    up_read(&sem_);
    rcu_read_unlock();
  }});
  EXPECT_EQ(found, kClean);
}

#ifdef REVENANT_WITH_TSAN

// --- What it orders ---

class RwsemOrderTest : public RwsemTest {
 protected:
  void read() {
    down_read(&sem_);
    read_plainly(data_);
    up_read(&sem_);
  }
  void write() {
    down_write(&sem_);
    write_plainly(data_, 1);
    up_write(&sem_);
  }

  alignas(8) int data_ = 0;
};

TEST_F(RwsemOrderTest, AWriterIsOrderedBeforeTheNextReader) {
  EXPECT_EQ(run({[&] { write(); }, [&] { read(); }}), kClean);
}

TEST_F(RwsemOrderTest, AReaderIsOrderedBeforeTheNextWriter) {
  EXPECT_EQ(run({[&] { read(); }, [&] { write(); }}), kClean);
}

TEST_F(RwsemOrderTest, EachReaderIsOrderedBeforeTheNextWriter) {
  EXPECT_EQ(run({[&] { read(); }, [&] { read(); }, [&] { write(); }}), kClean);
}

TEST_F(RwsemOrderTest, AReaderByTrylockIsOrderedAfterTheWriter) {
  const auto found = run({[&] { write(); },
                          [&] {
                            EXPECT_TRUE(down_read_trylock(&sem_));
                            read_plainly(data_);
                            up_read(&sem_);
                          }});
  EXPECT_EQ(found, kClean);
}

TEST_F(RwsemOrderTest, ReadersAreNotOrderedWithEachOther) {
  const auto write_as_reader = [&] {
    down_read(&sem_);
    write_plainly(data_, 1);
    up_read(&sem_);
  };
  EXPECT_EQ(run({write_as_reader, write_as_reader}), FindingKind::kDataRace);
}

TEST_F(RwsemOrderTest, ALookThatFindsItFreeIsOrderedAfterItsUnlock) {
  const auto found = run({[&] { write(); },
                          [&] {
                            EXPECT_FALSE(rwsem_is_locked(&sem_));
                            read_plainly(data_);
                          }});
  EXPECT_EQ(found, std::nullopt);
}

#endif

}  // namespace
}  // namespace revenant::kernel
