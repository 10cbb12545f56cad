// With weak memory TSan hears of a message what was released with it: who reads an older one races.
#include "kernel/message_clocks.h"

#include <functional>
#include <set>
#include <utility>

#include "choice/random_choices.h"
#include "kernel/rwsem.h"
#include "kernel/spinlock.h"
#include "kernel/test_machine.h"
#include "kernel/weak_memory.h"

namespace revenant::kernel {
namespace {

#ifdef REVENANT_WITH_TSAN
// CPU 0 writes data and then says so. CPU 1, if it comes only then, hears a value and reads data.
class MessageClocksTest : public KernelTest {
 protected:
  static constexpr bool kRace = true;
  static constexpr bool kSilent = false;
  using Heard = std::set<std::pair<int, bool>>;

  // What CPU 1 heard, and whether it raced then, over many runs. `others` run beside the two.
  Heard heard(const std::function<void()>& say, const std::function<int()>& hear,
              const std::vector<std::function<void()>>& others = {}) {
    std::vector<std::function<void()>> bodies{[&] {
                                                write_plainly(data_, 1);
                                                say();
                                                has_said_.store(true, std::memory_order_relaxed);
                                              },
                                              [&] {
                                                if (!has_said_.load(std::memory_order_relaxed))
                                                  return;
                                                value_ = hear();
                                                has_heard_.store(true, std::memory_order_relaxed);
                                                read_plainly(data_);
                                              }};
    bodies.insert(bodies.end(), others.begin(), others.end());
    Heard all;
    for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
      RandomChoices choices(seed);
      begin(choices);
      begin_memory(MemoryModel::kWeak);
      flag_ = 0;
      pointer_ = nullptr;
      spin_lock_init(&spin_);
      count_ = ATOMIC_INIT(0);
      init_rwsem(&sem_);
      has_said_ = has_heard_ = false;
      const std::optional<FindingKind> found = run(bodies);
      EXPECT_TRUE(!found || found == FindingKind::kDataRace) << text();
      if (has_heard_) all.emplace(value_, found.has_value());
    }
    return all;
  }
  void TearDown() override { begin_memory(MemoryModel::kSc); }

  static constexpr std::uint64_t kRuns = 3000;
  alignas(8) int data_ = 0;  // TSan remembers four accesses per word: none but those to data.
  alignas(8) int flag_ = 0;
  alignas(8) atomic_t count_{};
  alignas(8) int* pointer_ = nullptr;
  rw_semaphore sem_{};
  alignas(8) spinlock_t spin_{};
  // Relaxed: they order nothing.
  std::atomic<bool> has_said_ = false;
  std::atomic<bool> has_heard_ = false;
  int value_ = 0;
};

TEST_F(MessageClocksTest, WhoReadsAnOlderValueHearsNothing) {
  EXPECT_EQ(heard([&] { smp_store_release(&flag_, 1); }, [&] { return smp_load_acquire(&flag_); }),
            (Heard{{0, kRace}, {1, kSilent}}));
}

TEST_F(MessageClocksTest, BarriersAreOfTheMessageToo) {
  EXPECT_EQ(heard(
                [&] {
                  smp_wmb();
                  WRITE_ONCE(flag_, 1);
                },
                [&] {
                  const int value = READ_ONCE(flag_);
                  smp_rmb();
                  return value;
                }),
            (Heard{{0, kRace}, {1, kSilent}}));
}

TEST_F(MessageClocksTest, AnOlderMessageTellsOfWhatCameBeforeIt) {
  EXPECT_EQ(heard(
                [&] {
                  smp_store_release(&flag_, 1);
                  WRITE_ONCE(flag_, 2);
                },
                [&] { return smp_load_acquire(&flag_); }),
            (Heard{{0, kRace}, {1, kSilent}, {2, kRace}}));
}

TEST_F(MessageClocksTest, AnUpdateCarriesOnWhatItReads) {
  EXPECT_EQ(heard([&] { atomic_set_release(&count_, 10); },
                  [&] { return atomic_read_acquire(&count_); }, {[&] { atomic_inc(&count_); }}),
            (Heard{{0, kRace}, {1, kRace}, {10, kSilent}, {11, kSilent}}));
}

TEST_F(MessageClocksTest, AnUpdateWithReleaseAddsToIt) {
  EXPECT_EQ(heard([&] { smp_store_release(&flag_, 1); }, [&] { return smp_load_acquire(&flag_); },
                  {[&] { cmpxchg<Order::kRelease>(&flag_, 1, 2); }}),
            (Heard{{0, kRace}, {1, kSilent}, {2, kSilent}}));
}

TEST_F(MessageClocksTest, AFullUpdateAcquiresAndReleases) {
  EXPECT_EQ(heard([&] { atomic_inc_return(&count_); }, [&] { return atomic_inc_return(&count_); }),
            (Heard{{2, kSilent}}));
}

TEST_F(MessageClocksTest, ASpinlockHandsOnWhatItsLastHolderDid) {
  const auto under_lock = [&](const std::function<void()>& store) {
    spin_lock(&spin_);
    store();
    spin_unlock(&spin_);
  };
  EXPECT_EQ(heard([&] { under_lock([&] { smp_store_release(&flag_, 1); }); },
                  [&] { return smp_load_acquire(&flag_); }, {[&] {
                    under_lock([&] {
                      if (READ_ONCE(flag_) == 1) WRITE_ONCE(flag_, 2);
                    });
                  }}),
            (Heard{{0, kRace}, {1, kSilent}, {2, kSilent}}));
}

TEST_F(MessageClocksTest, APointerThatAnUpdateReturnsIsADependency) {
  EXPECT_EQ(heard([&] { smp_store_release(&pointer_, &data_); },
                  [&] { return cmpxchg(&pointer_, nullptr, &flag_) == nullptr ? 0 : 1; }),
            (Heard{{0, kRace}, {1, kSilent}}));
}

TEST_F(MessageClocksTest, ALookAtALockIsAsOldAsWhatItFinds) {
  EXPECT_EQ(heard(
                [&] {
                  down_write(&sem_);
                  up_write(&sem_);
                },
                [&] { return rwsem_is_locked(&sem_) ? 1 : 0; }),
            (Heard{{0, kSilent}, {0, kRace}, {1, kRace}}));
}
#endif

}  // namespace
}  // namespace revenant::kernel
