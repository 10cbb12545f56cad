#include "memory/view_machine.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace revenant::memory {
namespace {

constexpr CpuId kP0{0};
constexpr CpuId kP1{1};
constexpr CpuId kP2{2};
constexpr std::uint32_t kHistory = 12;

Value load(ViewMachine& machine, CpuId cpu, LocationId at, std::uint32_t choice = 0,
           Order order = Order::kRelaxed) {
  const Access access{.at = at, .order = order};
  return machine.load(cpu, access, machine.load_candidates(cpu, access).at[choice]);
}

void store(ViewMachine& machine, CpuId cpu, LocationId at, Value value,
           Order order = Order::kRelaxed) {
  const Access access{.at = at, .order = order};
  machine.store(cpu, access, value, machine.store_candidates(cpu, access).at[0]);
}

std::uint32_t load_choices(const ViewMachine& machine, CpuId cpu, LocationId at) {
  return machine.load_candidates(cpu, {.at = at}).count;
}

// Any operation of a CPU, by numbers; what it saw, and how many choices it had.
struct Seen {
  std::uint32_t choices = 0;
  Value value = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
};

Candidate pick(const Candidates& candidates, std::uint32_t by) {
  return candidates.at[by % candidates.count];
}

Seen operate(ViewMachine& machine, std::uint64_t number, std::uint32_t choice) {
  const CpuId cpu{static_cast<std::uint8_t>(number % 3)};
  static constexpr Order kOrders[] = {Order::kRelaxed, Order::kAcquire, Order::kRelease,
                                      Order::kFull};
  const auto order = kOrders[number / 3 % 4];
  const Access access{.at = static_cast<LocationId>(number / 12 % 3), .order = order};
  const std::uint64_t value = number / 36 % 5;
  const Update update{.function = &updates::add_unless, .first = 1, .second = value};
  switch (number / 180 % 8) {
    case 0:
    case 1: {
      const Candidates candidates = machine.load_candidates(cpu, access);
      return {candidates.count, machine.load(cpu, access, pick(candidates, choice))};
    }
    case 2:
    case 3:
    case 4: {
      const Candidates candidates = machine.store_candidates(cpu, access);
      machine.store(cpu, access, value, pick(candidates, choice));
      return {candidates.count, 0};
    }
    case 5: {
      const Candidates candidates = machine.update_candidates(cpu, access, update);
      return {candidates.count, machine.update(cpu, access, update, pick(candidates, choice))};
    }
    case 6:
      machine.read_barrier(cpu);
      return {};
    default:
      order == Order::kFull ? machine.fence(cpu) : machine.write_barrier(cpu);
      return {};
  }
}

ViewMachine machine_of_three(std::uint32_t history, Sizes sizes = {}) {
  sizes.locations = 24;
  sizes.messages = 24 * kHistory + 3 * kMaxHistory;
  ViewMachine machine(sizes);
  for (int i = 0; i < 3; ++i) machine.add_location(0, history);
  return machine;
}

TEST(ViewMachine, GivesTheSameChoicesWithAndWithoutRenumbering) {
  Rng rng(1);
  std::uint32_t inserted = 0;
  for (int run = 0; run < 300; ++run) {
    ViewMachine plain = machine_of_three(kMaxHistory);
    ViewMachine renumbered = machine_of_three(kMaxHistory);
    for (int step = 0; step < 25; ++step) {
      const std::uint64_t number = rng.next() % 1440;
      const std::uint32_t choice = rng.below(64);
      ASSERT_EQ(operate(plain, number, choice), operate(renumbered, number, choice))
          << "run " << run << " step " << step;
      for (std::uint16_t x = 0; x < 3; ++x) {
        const LocationId at{x};
        if (plain.newest(at).at != renumbered.newest(at).at) ++inserted;
      }
      renumbered.renumber();
    }
  }
  EXPECT_GT(inserted, 100U);
}

TEST(ViewMachine, IsSequentiallyConsistentWhereTheNewestIsAlwaysChosen) {
  Rng rng(2);
  ViewMachine machine = machine_of_three(kHistory);
  std::array<Value, 3> memory{};
  for (int step = 0; step < 2000; ++step) {
    const CpuId cpu{static_cast<std::uint8_t>(rng.below(3))};
    const std::uint16_t x = static_cast<std::uint16_t>(rng.below(3));
    const LocationId at{x};
    if (rng.one_in(2)) {
      memory[x] = rng.below(100);
      store(machine, cpu, at, memory[x]);
    } else {
      EXPECT_EQ(load(machine, cpu, at), memory[x]);
    }
  }
}

TEST(ViewMachine, DropsTheOldestMessageOfAFullHistory) {
  ViewMachine machine = machine_of_three(4);
  const LocationId x{0};
  for (Value value = 1; value <= 3; ++value) store(machine, kP0, x, value);
  EXPECT_FALSE(machine.lost_choices());
  EXPECT_EQ(load_choices(machine, kP1, x), 4U);
  store(machine, kP0, x, 4);
  EXPECT_TRUE(machine.lost_choices());
  EXPECT_EQ(load_choices(machine, kP1, x), 4U);
  EXPECT_EQ(load(machine, kP1, x, 3), 1U);
}

// A smaller history must never make an outcome possible.
TEST(ViewMachine, HasNoChoiceInASmallHistoryThatALargeOneLacks) {
  Rng rng(3);
  for (int run = 0; run < 200; ++run) {
    ViewMachine small = machine_of_three(3);
    ViewMachine large = machine_of_three(kMaxHistory);
    for (int step = 0; step < 20; ++step) {
      // With the newest always chosen the two stay in step.
      const std::uint64_t number = rng.next() % 1440;
      const Seen less = operate(small, number, 0);
      const Seen more = operate(large, number, 0);
      ASSERT_LE(less.choices, more.choices);
      ASSERT_EQ(less.value, more.value);
    }
  }
}

void expect_ascending(const ViewMachine& machine, LocationId at) {
  for (std::uint32_t i = 1; i < machine.message_count(at); ++i) {
    EXPECT_LT(machine.message(at, i - 1).at, machine.message(at, i).at);
  }
}

// P1 knows nothing of P0's store, and puts each of its own directly above its last.
TEST(ViewMachine, LosesTheChoiceAndNothingElseWhereAGapIsUsedUp) {
  ViewMachine machine = machine_of_three(kMaxHistory);
  const Access access{.at = LocationId{0}};
  store(machine, kP0, access.at, 1);
  std::uint32_t inserted = 0;
  for (Candidates candidates = machine.store_candidates(kP1, access); candidates.count == 2;
       candidates = machine.store_candidates(kP1, access)) {
    machine.store(kP1, access, 2, candidates.at[1]);
    ++inserted;
  }
  EXPECT_EQ(inserted, 17U);
  EXPECT_EQ(machine.newest(access.at).value, 1U);
  expect_ascending(machine, access.at);
}

TEST(ViewMachine, PutsAStoreAboveTheOneThatAFullHistoryDrops) {
  ViewMachine machine = machine_of_three(3);
  const Access access{.at = LocationId{0}};
  store(machine, kP0, access.at, 1);
  store(machine, kP0, access.at, 2);
  const Candidates candidates = machine.store_candidates(kP1, access);
  ASSERT_EQ(candidates.count, 3U);
  machine.store(kP1, access, 9, candidates.at[2]);
  EXPECT_EQ(machine.message(access.at, 0).value, 9U);
  EXPECT_EQ(machine.message(access.at, 1).value, 1U);
  EXPECT_EQ(machine.newest(access.at).value, 2U);
  expect_ascending(machine, access.at);
}

TEST(ViewMachine, KeepsOrderWhereThereAreMoreEpochsThanAreKept) {
  Rng rng(4);
  for (int run = 0; run < 200; ++run) {
    ViewMachine few = machine_of_three(kMaxHistory, {.epochs = 3});
    ViewMachine many = machine_of_three(kMaxHistory, {.epochs = 200});
    for (int step = 0; step < 30; ++step) {
      const std::uint64_t number = rng.next() % 1440;
      const Seen less = operate(few, number, 0);
      const Seen more = operate(many, number, 0);
      ASSERT_LE(less.choices, more.choices);
      ASSERT_EQ(less.value, more.value);
    }
  }
}

// Messages that a short history drops take their epochs with them.
TEST(ViewMachine, ForgetsEpochsThatNobodyRemembers) {
  ViewMachine machine = machine_of_three(2, {.epochs = 10});
  const LocationId flag{0};
  const LocationId late{1};
  const LocationId filler{2};
  for (int i = 0; i < 10; ++i) {
    store(machine, kP0, filler, 1);
    machine.fence(kP0);
  }
  store(machine, kP1, flag, 1);
  machine.fence(kP1);
  store(machine, kP1, flag, 2);  // Remembers an epoch before the next ones.
  for (int i = 0; i < 10; ++i) {
    store(machine, kP0, late, 1);
    machine.fence(kP0);
  }
  EXPECT_EQ(load(machine, kP2, flag, 0, Order::kAcquire), 2U);
  EXPECT_EQ(load_choices(machine, kP2, filler), 1U);
  EXPECT_EQ(load_choices(machine, kP2, late), 2U);
}

TEST(ViewMachine, TakesLocationsThatComeDuringARun) {
  ViewMachine machine(Sizes{.locations = 40, .messages = 40 * kHistory});
  const LocationId x = machine.add_location(0, kHistory);
  store(machine, kP0, x, 1);
  machine.fence(kP0);
  LocationId last{};
  for (int i = 0; i < 30; ++i) last = machine.add_location(7, kHistory);
  EXPECT_EQ(load_choices(machine, kP1, last), 1U);
  store(machine, kP0, last, 8);
  EXPECT_EQ(load_choices(machine, kP1, last), 2U);
  store(machine, kP0, x, 2, Order::kRelease);
  EXPECT_EQ(load(machine, kP1, x, 0, Order::kAcquire), 2U);
  EXPECT_EQ(load_choices(machine, kP1, last), 1U);
}

TEST(ViewMachine, ForgetsEverythingAtReset) {
  Rng rng(5);
  ViewMachine used = machine_of_three(kHistory);
  for (int run = 0; run < 20; ++run) {
    ViewMachine fresh = machine_of_three(kHistory);
    used.reset();
    for (int i = 0; i < 3; ++i) used.add_location(0, kHistory);
    for (int step = 0; step < 40; ++step) {
      const std::uint64_t number = rng.next() % 1440;
      const std::uint32_t choice = rng.below(64);
      ASSERT_EQ(operate(used, number, choice), operate(fresh, number, choice));
    }
    // More locations than the next run has at first.
    for (ViewMachine* const machine : {&used, &fresh}) {
      for (int i = 0; i < 20; ++i) store(*machine, kP0, machine->add_location(0, kHistory), 1);
      machine->read_lock(kP1);
      load(*machine, kP2, LocationId{0}, 0, Order::kAcquire);
    }
    for (std::uint16_t x = 0; x < 23; ++x) {
      for (const CpuId cpu : {kP1, kP2}) {
        ASSERT_EQ(load_choices(used, cpu, LocationId{x}), load_choices(fresh, cpu, LocationId{x}));
      }
    }
    used.fence(kP0);
    store(used, kP0, LocationId{0}, 1);
  }
}

TEST(ViewMachine, CopiesGoOnAsTheOriginalDoes) {
  Rng rng(6);
  ViewMachine machine = machine_of_three(kMaxHistory);
  ViewMachine copy = machine_of_three(kMaxHistory);
  for (int step = 0; step < 10; ++step) operate(machine, rng.next() % 1440, rng.below(64));
  copy = machine;
  for (int step = 0; step < 10; ++step) {
    const std::uint64_t number = rng.next() % 1440;
    ASSERT_EQ(operate(machine, number, 3), operate(copy, number, 3));
  }
}

TEST(ViewMachine, StartsWithWhatWasSetUpBefore) {
  ViewMachine machine = machine_of_three(4);
  const LocationId x{0};
  // Enough to have the oldest dropped.
  for (const Value value : {7, 7, 7, 7, 2}) store(machine, kP0, x, value);
  machine.settle();
  EXPECT_EQ(load_choices(machine, kP1, x), 1U);
  EXPECT_EQ(load(machine, kP1, x), 2U);
  for (const Value value : {3, 4, 5}) store(machine, kP0, x, value);
  EXPECT_EQ(load_choices(machine, kP1, x), 4U);
  EXPECT_EQ(load(machine, kP2, x, 3), 2U);
}

TEST(ViewMachine, OrdersAChildAfterItsStartAndAJoinAfterItsEnd) {
  ViewMachine machine = machine_of_three(kHistory);
  const LocationId x{0};
  const LocationId y{1};
  store(machine, kP0, x, 1);
  EXPECT_EQ(load_choices(machine, kP1, x), 2U);
  machine.start(kP0, kP1);
  EXPECT_EQ(load_choices(machine, kP1, x), 1U);
  EXPECT_EQ(load_choices(machine, kP2, x), 2U);
  store(machine, kP1, y, 1);
  machine.end(kP1);
  EXPECT_EQ(load_choices(machine, kP0, y), 2U);
  machine.fence(kP0);
  EXPECT_EQ(load_choices(machine, kP0, y), 1U);
}

TEST(ViewMachine, OrdersAnAllocationAfterTheFreeAndNothingMore) {
  ViewMachine machine = machine_of_three(kHistory);
  const LocationId field{0};
  const LocationId state{1};
  store(machine, kP0, field, 1);
  machine.free_object(kP0, state);
  EXPECT_EQ(load_choices(machine, kP1, field), 2U);
  machine.allocate_object(kP1, state);
  EXPECT_EQ(load_choices(machine, kP1, field), 1U);
  // Who had an old pointer may still read the life before.
  store(machine, kP1, field, 2);
  EXPECT_EQ(load(machine, kP2, field, 2), 0U);
}

TEST(ViewMachine, UpdatesOnlyTheNewestWhereThatIsAskedFor) {
  ViewMachine machine = machine_of_three(kHistory);
  const LocationId x{0};
  store(machine, kP0, x, 5);
  const Update add{.function = &updates::add, .first = 1};
  EXPECT_EQ(machine.update_candidates(kP1, {.at = x}, add).count, 2U);
  EXPECT_EQ(machine.update_candidates(kP1, {.at = x, .newest_only = true}, add).count, 1U);
}

TEST(ViewMachine, KeepsWhatAPointerDependsOnUnlessToldNotTo) {
  for (const bool alpha : {false, true}) {
    ViewMachine machine =
        machine_of_three(kHistory, {.dependencies = 1, .ignores_dependencies = alpha});
    const LocationId field{0};
    const LocationId pointer{1};
    const DependencyId object{0};
    store(machine, kP0, field, 1);
    store(machine, kP0, pointer, 1, Order::kRelease);
    const Access access{.at = pointer, .result = object, .adds_to_result = true};
    EXPECT_EQ(machine.load(kP1, access, machine.load_candidates(kP1, access).at[0]), 1U);
    EXPECT_EQ(load_choices(machine, kP1, field), 2U);
    EXPECT_EQ(machine.load_candidates(kP1, {.at = field, .address = object}).count,
              alpha ? 2U : 1U);
  }
}

TEST(ViewMachine, LetsATrylockFailOnWhatItLastKnew) {
  ViewMachine machine = machine_of_three(kHistory);
  const Access lock{.at = LocationId{0}};
  machine.lock(kP0, lock);
  EXPECT_EQ(machine.lock_candidates(kP1, lock).count, 0U);
  EXPECT_TRUE(machine.holds(kP0, lock.at));
  machine.unlock(kP0, lock);
  EXPECT_FALSE(machine.holds(kP0, lock.at));
  const Candidates outcomes = machine.trylock_candidates(kP1, lock);
  ASSERT_EQ(outcomes.count, 2U);
  EXPECT_TRUE(outcomes.at[0].stores);
  EXPECT_FALSE(outcomes.at[1].stores);
  EXPECT_FALSE(machine.trylock(kP1, lock, outcomes.at[1]));
  EXPECT_TRUE(machine.trylock(kP1, lock, outcomes.at[0]));
}

TEST(ViewMachine, RemembersThatALocationIsRetired) {
  ViewMachine machine = machine_of_three(kHistory);
  machine.retire(LocationId{1});
  EXPECT_TRUE(machine.is_retired(LocationId{1}));
  EXPECT_FALSE(machine.is_retired(LocationId{0}));
}

}  // namespace
}  // namespace revenant::memory
