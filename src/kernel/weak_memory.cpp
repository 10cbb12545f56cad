#include "kernel/weak_memory.h"

#include <memory>

#include "base/check.h"
#include "kernel/barrier.h"
#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "sim/happens_before.h"

namespace revenant::kernel {
namespace {

using memory::Candidate;
using memory::Candidates;
using memory::LocationId;
using memory::LockKind;
using memory::Order;
using memory::Value;

CpuId me() { return running().cpu(); }

// Without the tags in a pointer's low bits.
std::uintptr_t as_address(Value value) { return value & ~std::uintptr_t{kWordBytes - 1}; }

std::uintptr_t bits(const volatile void* word) { return reinterpret_cast<std::uintptr_t>(word); }

}  // namespace

WeakMemory::WeakMemory()
    : machine_({.cpus = sim::kMaxFibers,
                .locations = kMaxWords,
                .messages = kMaxWords * kHistory,
                .dependencies = kMaxDependencies,
                .epochs = memory::kMaxEpochs}),
      snapshot_(machine_.new_snapshot()) {}

void WeakMemory::begin_run(bool ignores_dependencies) {
  machine_.reset();
  clocks_.begin_run();
  ++run_;
  ignores_dependencies_ = ignores_dependencies;
  dependency_count_ = 0;
  passed_over_.reset();
}

void WeakMemory::settle() {
  const sim::HarnessScope harness;
  machine_.settle();
}

// --- Words ---

WeakMemory::Word& WeakMemory::entry_of(std::uintptr_t address) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  std::size_t i = address * kGolden >> 32;
  // There are always entries left: the machine has room for fewer words.
  for (;; ++i) {
    Word& entry = words_[i % kTableSize];
    if (entry.run != run_ || entry.address == address) return entry;
  }
}

std::optional<LocationId> WeakMemory::find(const volatile void* word, std::optional<Value> now) {
  Word& entry = entry_of(bits(word));
  const bool is_known = entry.run == run_;
  if (is_known && entry.has_no_room) return std::nullopt;
  if (is_known && (!now || newest(entry.at) == *now)) return entry.at;
  if (!machine_.has_room(kHistory)) {
    // A word that had a location must not find it again: its messages are of before.
    if (is_known) entry.has_no_room = true;
    return std::nullopt;
  }
  entry = {
      .address = bits(word), .run = run_, .at = machine_.add_location(now.value_or(0), kHistory)};
  return entry.at;
}

std::optional<LocationId> WeakMemory::find_or_fence(const volatile void* word,
                                                    std::optional<Value> now, Told told) {
  const std::optional<LocationId> at = find(word, now);
  if (at) return at;
  machine_.fence(me());
  if (told == Told::kAcquires || told == Told::kBoth) sim::hb_acquire(word);
  if (told == Told::kReleases || told == Told::kBoth) sim::hb_release(word);
  return std::nullopt;
}

memory::Access WeakMemory::access_to(LocationId at, const volatile void* word, Order order) {
  memory::Access access{.at = at, .order = order};
  if (ignores_dependencies_) return access;
  const Dependency* const known = dependency_on(bits(word));
  if (known != nullptr && known->run == run_) access.address = known->id;
  return access;
}

WeakMemory::Dependency* WeakMemory::dependency_on(std::uintptr_t address) {
  if (!SlabState::contains(address)) return nullptr;
  return &dependencies_[index_of(me())][SlabState::object_number(address)];
}

bool WeakMemory::follow(Value value, memory::Access& access) {
  if (ignores_dependencies_) return true;
  Dependency* const on = dependency_on(as_address(value));
  if (on == nullptr) return true;
  if (on->run != run_) {
    if (dependency_count_ == kMaxDependencies) return false;
    *on = {.run = run_, .id = static_cast<memory::DependencyId>(dependency_count_++)};
    machine_.clear_dependency(on->id);
  }
  access.result = on->id;
  access.adds_to_result = true;
  return true;
}

Candidate WeakMemory::choose(const Candidates& candidates, LocationId at) {
  // Where CPUs take strict turns, so that every loop ends, so must what they wait for be seen.
  // So must what a walk begins with that starts again in its section.
  const bool is_free = candidates.count > 1 && running().step() < sim::kFairAfter &&
                       slab().failed_pins() < kMaxFailedPins / 2;
  const std::uint32_t picked = is_free ? running().pick(candidates.count) : 0;
  passed_over_.reset();
  if (picked != 0) {
    passed_over_ = newest(at);
    running().feature(sim::Feature::kReadsFrom, sim::key_of(picked, running().site_of(me())));
  }
  return candidates.at[picked];
}

Value WeakMemory::load(const volatile void* word, Value now, Order order, bool is_pointer) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, now, Told::kAcquires);
  if (!at) return now;
  memory::Access access = access_to(*at, word, order);
  const Candidate choice = choose(machine_.load_candidates(me(), access), *at);
  tell_load(clock_of(*at, choice), order == Order::kAcquire || is_pointer);
  const bool is_followed = !is_pointer || follow(machine_.message(*at, choice.index).value, access);
  const Value value = machine_.load(me(), access, choice);
  if (!is_followed) machine_.fence(me());
  return value;
}

Value WeakMemory::store(const volatile void* word, Value now, Value value, Order order) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, now, Told::kReleases);
  if (!at) return value;
  memory::Access access = access_to(*at, word, order);
  access.tag = order == Order::kRelease ? clocks_.of_release() : clocks_.of_store();
  machine_.store(me(), access, value, choose(machine_.store_candidates(me(), access), *at));
  return newest(*at);
}

void WeakMemory::tell_load(MessageClocks::Id read, bool acquires) {
  if (acquires) {
    clocks_.acquire(read);
  } else {
    clocks_.read(read);
  }
}

MessageClocks::Id WeakMemory::tell_update(MessageClocks::Id old, Order order) {
  if (order == Order::kFull) fence_full();
  if (order == Order::kFull || order == Order::kAcquire) {
    clocks_.acquire(old);
  } else if (order != Order::kNoReturn) {
    clocks_.read(old);
  }
  if (order != Order::kFull) return clocks_.of_update(old, order == Order::kRelease);
  const MessageClocks::Id clock = clocks_.of_release();  // Of the old one too: it is acquired.
  fence_full();
  return clock;
}

WeakMemory::Altered WeakMemory::alter(const volatile void* word, Value now,
                                      const memory::Update& update, Order order, bool is_pointer) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, now, Told::kBoth);
  if (!at) {
    const std::optional<Value> value = update(now);
    return {.old_value = now, .now = value.value_or(now), .stored = value.has_value()};
  }
  memory::Access access = access_to(*at, word, order);
  const Candidate choice = choose(machine_.update_candidates(me(), access, update), *at);
  const MessageClocks::Id clock = clock_of(*at, choice);
  if (choice.stores) access.tag = tell_update(clock, order);
  if (!choice.stores || is_pointer) tell_load(clock, is_pointer);
  const bool is_followed = !is_pointer || follow(machine_.message(*at, choice.index).value, access);
  const Value old = machine_.update(me(), access, update, choice);
  if (!is_followed) machine_.fence(me());
  return {.old_value = old, .now = newest(*at), .stored = choice.stores};
}

// --- Fences ---

void WeakMemory::smp_mb() {
  const sim::HarnessScope harness;
  machine_.fence(me());
}
void WeakMemory::smp_rmb() {
  const sim::HarnessScope harness;
  machine_.read_barrier(me());
}
void WeakMemory::smp_wmb() {
  const sim::HarnessScope harness;
  machine_.write_barrier(me());
}

// --- Locks ---

void WeakMemory::lock(const volatile void* word, LockKind kind) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, 0, Told::kNothing);
  if (!at) return;
  memory::Access access = access_to(*at, word, Order::kAcquire);
  access.tag = machine_.newest(*at).tag;
  machine_.lock(me(), access, kind);
}

bool WeakMemory::trylock(const volatile void* word, bool is_taken, LockKind kind) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, is_taken ? 1 : 0, Told::kNothing);
  if (!at) return !is_taken;
  memory::Access access = access_to(*at, word, Order::kAcquire);
  const Candidate choice = choose(machine_.trylock_candidates(me(), access), *at);
  access.tag = clock_of(*at, choice);
  return machine_.trylock(me(), access, choice, kind);
}

void WeakMemory::unlock(const volatile void* word, LockKind kind) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, 1, Told::kNothing);
  if (!at) return;
  memory::Access access = access_to(*at, word, Order::kRelease);
  access.tag = clocks_.of_release();
  machine_.unlock(me(), access, kind);
}

bool WeakMemory::is_locked(const volatile void* word, Value now) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(word, now, Told::kAcquires);
  if (!at) return now != 0;
  const memory::Access access = access_to(*at, word, Order::kRelaxed);
  const Candidate choice = choose(machine_.load_candidates(me(), access), *at);
  const MessageClocks::Id clock = clock_of(*at, choice);
  const bool is_taken = machine_.load(me(), access, choice) != 0;
  if (!is_taken) clocks_.acquire(clock);
  return is_taken;
}

bool WeakMemory::update_lock(const volatile void* word, Value now, const memory::Update& update,
                             LockStep step) {
  const bool gives = step == LockStep::kGive || step == LockStep::kGiveAll;
  const sim::HarnessScope harness;
  const std::optional<LocationId> at =
      find_or_fence(word, now, gives ? Told::kReleases : Told::kAcquires);
  if (!at) return update(now).has_value();
  memory::Access access = access_to(*at, word,
                                    gives                               ? Order::kRelease
                                    : step == LockStep::kTryTakeRelaxed ? Order::kRelaxed
                                                                        : Order::kAcquire);
  access.newest_only = step != LockStep::kTryTake && step != LockStep::kTryTakeRelaxed;
  const Candidate choice = choose(machine_.update_candidates(me(), access, update), *at);
  const MessageClocks::Id old = clock_of(*at, choice);
  if (!choice.stores || step == LockStep::kTryTakeRelaxed) clocks_.read(old);
  if (choice.stores) {
    access.tag = step == LockStep::kGiveAll ? clocks_.of_release() : clocks_.of_update(old, gives);
  }
  machine_.update(me(), access, update, choice);
  return choice.stores;
}

// --- Grace periods, the slab ---

void WeakMemory::rcu_read_lock() {
  const sim::HarnessScope harness;
  machine_.read_lock(me());
}
void WeakMemory::rcu_read_unlock() {
  const sim::HarnessScope harness;
  machine_.read_unlock(me());
}
void WeakMemory::begin_grace_period() {
  const sim::HarnessScope harness;
  machine_.begin_grace_period(me());
}
void WeakMemory::end_grace_period() {
  const sim::HarnessScope harness;
  machine_.end_grace_period(me());
}

void WeakMemory::call_rcu() {
  const sim::HarnessScope harness;
  machine_.take_snapshot(me(), snapshot_);
  machine_.begin_callback_grace_period(snapshot_);
}

void WeakMemory::end_callback() {
  const sim::HarnessScope harness;
  machine_.end(me());
}

void WeakMemory::alloc(const volatile void* state) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(state, std::nullopt, Told::kNothing);
  if (at) machine_.allocate_object(me(), *at);
}

void WeakMemory::free(const volatile void* state) {
  const sim::HarnessScope harness;
  const std::optional<LocationId> at = find_or_fence(state, std::nullopt, Told::kNothing);
  if (at) machine_.free_object(me(), *at);
}

// --- Of the run ---

void begin_memory(MemoryModel model) {
  weak_memory_of_run = nullptr;
  if (model == MemoryModel::kSc) return;
  static std::unique_ptr<WeakMemory> memory = std::make_unique<WeakMemory>();
  memory->begin_run(model == MemoryModel::kAlpha);
  weak_memory_of_run = memory.get();
}

}  // namespace revenant::kernel
