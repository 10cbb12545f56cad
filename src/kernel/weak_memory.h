// Weak memory of the sim engine: the view machine (src/memory) behind the primitives.
//
// A run is sequentially consistent or weak. In a weak one a marked load may return an older value,
// and a marked store may land below newer ones, wherever the Linux-kernel memory model allows it;
// which, is asked of Choices, and 0 is always the newest. Plain memory keeps the newest value of
// each word: oracles judge that, and plain code reads it, which without a race is all it could.
//
// Words         become locations of the machine when they are first used; what they hold then,
//               everybody knows. So does everybody know what plain code stores into one.
// Dependencies  are keyed by object: what a CPU reads of an object is at least as new as its load
//               of the pointer made it. rcu_dereference and READ_ONCE are alike in that.
// Locks         A word 0 or 1 to the machine. A mutex or rwsem orders no more than its holders,
//               a spinlock also what one CPU does before its unlock and after its next lock.
// Room          Where the machine has none left for another word, accesses to it are fences: they
//               order more than they must.
// TSan          Hears of each message what was released with it (message_clocks.h), never of a
// word.
//               Locks that are taken stay what they are: words, of which only the newest value
//               counts.
// Memory        Taken with the first weak run of a process.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "kernel/kmem_cache.h"
#include "kernel/memory_model.h"
#include "kernel/message_clocks.h"
#include "memory/view_machine.h"
#include "sim/machine.h"

namespace revenant::kernel {

class WeakMemory {
 public:
  WeakMemory();

  void begin_run(bool ignores_dependencies);
  // All CPUs have ended: who comes next knows all.
  void settle();

  // --- Words. `now` is what plain memory holds. None of these yields. ---

  // A value `is_pointer` by its type may lead into an object of the slab.
  memory::Value load(const volatile void* word, memory::Value now, memory::Order order,
                     bool is_pointer);
  // Returns what plain memory holds after it.
  memory::Value store(const volatile void* word, memory::Value now, memory::Value value,
                      memory::Order order);
  struct Altered {
    memory::Value old_value = 0;
    memory::Value now = 0;  // What plain memory holds after it.
    bool stored = false;
  };
  Altered alter(const volatile void* word, memory::Value now, const memory::Update& update,
                memory::Order order, bool is_pointer);

  // --- Fences ---
  void smp_mb();
  void smp_rmb();
  void smp_wmb();

  // --- Locks ---
  // Requires that the lock is free.
  void lock(const volatile void* word, memory::LockKind kind);
  bool trylock(const volatile void* word, bool is_taken, memory::LockKind kind);
  // Requires that the CPU holds it.
  void unlock(const volatile void* word, memory::LockKind kind);
  // 0 is free. Who finds it free sees what its last holders did: a control dependency.
  bool is_locked(const volatile void* word, memory::Value now);
  // For a lock whose word is more than taken or free: an update of the newest value. The two that
  // try may fail, on an older value too; the others must store.
  enum class LockStep : std::uint8_t {
    kTake,
    kTryTake,
    kTryTakeRelaxed,
    kGive,     // There may be other holders.
    kGiveAll,  // There are none.
  };
  bool update_lock(const volatile void* word, memory::Value now, const memory::Update& update,
                   LockStep step);

  // --- Grace periods, the slab ---
  void rcu_read_lock();
  void rcu_read_unlock();
  void begin_grace_period();
  void end_grace_period();
  void call_rcu();
  void end_callback();
  // `state` is an address of the object's own that is no word of it.
  void alloc(const volatile void* state);
  void free(const volatile void* state);

  // What the last access would have seen, or landed on, if that was not the newest; once. For the
  // trace.
  std::optional<memory::Value> take_passed_over() { return std::exchange(passed_over_, {}); }

 private:
  static constexpr std::uint32_t kHistory = 8;
  static constexpr std::uint32_t kMaxWords = 256;
  static constexpr std::uint32_t kMaxDependencies = 64;
  static constexpr std::uint32_t kTableSize = 1024;  // A power of two.

  // Entries of the two tables count only if they are of this run.
  struct Word {
    std::uintptr_t address = 0;
    std::uint32_t run = 0;
    bool has_no_room = false;
    memory::LocationId at{};
  };
  struct Dependency {
    std::uint32_t run = 0;
    memory::DependencyId id{};
  };

  Word& entry_of(std::uintptr_t address);
  // None where there is no room. A word that holds something else than `now` was stored to by plain
  // code, and starts afresh.
  std::optional<memory::LocationId> find(const volatile void* word,
                                         std::optional<memory::Value> now);
  // The same; none means that the access has been made a fence, and TSan told of the word itself.
  enum class Told : std::uint8_t { kNothing, kAcquires, kReleases, kBoth };
  std::optional<memory::LocationId> find_or_fence(const volatile void* word,
                                                  std::optional<memory::Value> now, Told told);
  memory::Access access_to(memory::LocationId at, const volatile void* word, memory::Order order);
  memory::Candidate choose(const memory::Candidates& candidates, memory::LocationId at);
  MessageClocks::Id clock_of(memory::LocationId at, memory::Candidate choice) const {
    return machine_.message(at, choice.index).tag;
  }
  // What TSan is told of an update that stores: requires nothing between it and the update.
  MessageClocks::Id tell_update(MessageClocks::Id old, memory::Order order);
  // The same of what only reads: a load, or an update that has failed.
  void tell_load(MessageClocks::Id read, bool acquires);
  // What depends on the value, a pointer, from now on. False where there is no room to remember
  // that; then a fence must follow the access, which orders more.
  bool follow(memory::Value value, memory::Access& access);
  Dependency* dependency_on(std::uintptr_t address);
  memory::Value newest(memory::LocationId at) const { return machine_.newest(at).value; }

  memory::ViewMachine machine_;
  memory::Snapshot snapshot_;
  MessageClocks clocks_;
  std::uint32_t run_ = 0;
  bool ignores_dependencies_ = false;
  std::uint32_t dependency_count_ = 0;
  std::array<Word, kTableSize> words_{};
  std::array<std::array<Dependency, kSlabObjects>, sim::kMaxFibers> dependencies_{};
  std::optional<memory::Value> passed_over_;
};

// The memory of the run under way if that is weak. Set by begin_memory().
inline constinit WeakMemory* weak_memory_of_run = nullptr;
[[gnu::always_inline]] inline WeakMemory* weak_memory() { return weak_memory_of_run; }

// While a callback of call_rcu runs, on the CPU that runs it.
class CallbackScope {
 public:
  CallbackScope() {
    if (WeakMemory* const weak = weak_memory()) weak->end_grace_period();
  }
  ~CallbackScope() {
    if (WeakMemory* const weak = weak_memory()) weak->end_callback();
  }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
};

// Before each run, once the engine has begun it.
void begin_memory(MemoryModel model);

}  // namespace revenant::kernel
