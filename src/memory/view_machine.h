// Weak memory as a view machine: CPUs run in program order, one operation a step, and what is free
// is which message (store) a load reads and where in its location's modification order a store
// lands. A view, a position per location, bounds both. There is no speculation and no way back, so
// choices of a fuzz input can drive it; loads never see stores that have yet to be made.
//
// Each operation comes in two parts: X_candidates() lists the outcomes, and X() takes one of them.
// Between the two nothing else may happen. In comments "rule N" is the N-th of these:
//    1 relaxed load        2 acquire load          3 relaxed store         4 release store
//    5 smp_store_mb: a store, then a fence         6 smp_wmb               7 smp_rmb
//    8 smp_mb              9 read-modify-write    10 spin_lock            11 spin_trylock
//   12 spin_unlock        13 spin_is_locked: a load  14 mutex             15 rcu_read_lock
//   16 rcu_read_unlock    17 synchronize_rcu      18 call_rcu             19 SRCU: by domain
//   20 start, end, join   21 free, alloc          22 page given back
// docs/memory-model.md says what follows from them, and what they cannot show.
//
// Positions   are order keys with gaps, so a store in the middle renumbers nothing. Where a gap is
//             used up, or a history full, choices disappear and none appears.
// Memory      Nothing is allocated after construction. Assignment between machines of the same
//             sizes copies and does not allocate.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "choice/choices.h"
#include "memory/access.h"
#include "memory/race_clocks.h"
#include "memory/rules.h"

namespace revenant::memory {

using Position = std::int32_t;
using EpochId = std::uint16_t;

struct Sizes {
  std::uint32_t cpus = kMaxCpus;
  std::uint32_t locations = 256;
  std::uint32_t messages = 256 * 12;  // Of all locations together.
  std::uint32_t dependencies = 0;
  std::uint32_t epochs = 64;
  std::uint32_t domains = 1;  // RCU and each SRCU.
  bool finds_races = false;
  bool tracks_self = false;  // For dependencies through a CPU's own stores.
  // The switch "alpha": nothing is ordered by a dependency. As on that processor.
  bool ignores_dependencies = false;
};

// Of RCU, or one of SRCU.
enum class DomainId : std::uint8_t {};
inline constexpr DomainId kRcu{0};
inline constexpr std::uint32_t kMaxDomains = 8;
inline constexpr std::uint32_t kMaxEpochs = 256;

// Whether a lock orders all that one CPU's unlock and the next lock surround, as spinlocks do.
enum class LockKind : std::uint8_t { kSpin, kMutex };

struct Message {
  Value value = 0;
  Position at = 0;
  EpochId fence_epoch = 0;  // What its writer's strong fences knew.
  std::uint16_t width = 0;  // Of its views.
  std::uint16_t tag = 0;    // Its caller's: Access::tag.
  std::uint8_t by = 0;      // A CPU or kNobody.
  bool is_closed = false;   // A read-modify-write's message sits directly above.
  bool has_self = false;
  bool is_plain = false;
};
inline constexpr std::uint8_t kNobody = 0xff;

// A race, as of the access that found it.
struct Race {
  CpuId cpu{};
  LocationId at{};
};

// What a callback of call_rcu knows of its caller.
struct Snapshot {
  std::vector<Position> view;
  Clock clock{};
};

class ViewMachine {
 public:
  explicit ViewMachine(const Sizes& sizes, Rules rules = {});

  // No location, no message, nothing known to anybody.
  void reset();
  // A word with one message, its initial value, by nobody. Keeps at most `history` messages, of
  // kMaxHistory. Requires room in Sizes::locations and Sizes::messages.
  LocationId add_location(Value initial, std::uint32_t history);
  bool has_room(std::uint32_t history) const;
  // Rule 20: makes each location's newest message its initial one, known to everybody.
  void settle();
  // Rule 22: a later access is a use-after-free, which is the caller's to report.
  void retire(LocationId at) { locations_[index(at)].is_retired = true; }
  bool is_retired(LocationId at) const { return locations_[index(at)].is_retired; }

  // --- Loads and stores: rules 1 to 4, 13. Candidates are never none. ---
  Candidates load_candidates(CpuId cpu, const Access& access) const;
  Value load(CpuId cpu, const Access& access, Candidate choice);
  Candidates store_candidates(CpuId cpu, const Access& access) const;
  void store(CpuId cpu, const Access& access, Value value, Candidate choice);

  // --- Read-modify-writes: rule 9. The value returned is the old one. ---
  Candidates update_candidates(CpuId cpu, const Access& access, const Update& update) const;
  Value update(CpuId cpu, const Access& access, const Update& update, Candidate choice);

  // --- Fences: rules 6 to 8. ---
  void write_barrier(CpuId cpu);
  void read_barrier(CpuId cpu);
  void fence(CpuId cpu);

  // --- Locks: rules 10 to 12, 14. 0 is free; a lock word that is taken holds 1. ---
  // None while the lock is taken.
  Candidates lock_candidates(CpuId cpu, const Access& access) const;
  void lock(CpuId cpu, const Access& access, LockKind kind = LockKind::kSpin);
  // Those that do not store are failures, which may be out of date.
  Candidates trylock_candidates(CpuId cpu, const Access& access) const;
  bool trylock(CpuId cpu, const Access& access, Candidate choice, LockKind kind = LockKind::kSpin);
  // Whether the CPU took the lock and has not given it back.
  bool holds(CpuId cpu, LocationId at) const;
  void unlock(CpuId cpu, const Access& access, LockKind kind = LockKind::kSpin);

  // --- RCU: rules 15 to 19. ---
  void read_lock(CpuId cpu, DomainId domain = kRcu);
  // Requires in_section().
  void read_unlock(CpuId cpu, DomainId domain = kRcu);
  bool in_section(CpuId cpu, DomainId domain = kRcu) const {
    return cpus_[index_of(cpu)].nesting[static_cast<std::size_t>(domain)] > 0;
  }
  // Those inside a section: what a grace period that begins now waits for.
  CpuMask readers(DomainId domain = kRcu) const;
  // The two steps of synchronize_rcu. The second requires is_over(), or that the caller knows that
  // all those have left that were inside at the first.
  void begin_grace_period(CpuId cpu, DomainId domain = kRcu);
  bool is_over(CpuId cpu) const { return cpus_[index_of(cpu)].waits_for == 0; }
  void end_grace_period(CpuId cpu, DomainId domain = kRcu);
  // Rule 18: call_rcu takes a snapshot, with which the callback's grace period begins, at once or
  // later. Who waits for it is the caller's to know; end_grace_period() on the CPU that runs the
  // callback is its end. A snapshot does not survive renumber().
  Snapshot new_snapshot() const { return {std::vector<Position>(stride_), {}}; }
  void take_snapshot(CpuId cpu, Snapshot& snapshot);
  void begin_callback_grace_period(const Snapshot& snapshot, DomainId domain = kRcu);

  // --- CPUs and slab objects: rules 20, 21. ---
  void start(CpuId parent, CpuId child);
  void end(CpuId child);
  void free_object(CpuId cpu, LocationId state);
  void allocate_object(CpuId cpu, LocationId state);

  // --- Dependencies. ---
  void clear_dependency(DependencyId id);
  void add_dependency(DependencyId to, DependencyId from);

  // --- What is there. ---
  std::uint32_t message_count(LocationId at) const { return locations_[index(at)].count; }
  // Number 0 is the oldest.
  const Message& message(LocationId at, std::uint32_t number) const {
    return messages_[slot(locations_[index(at)], number)];
  }
  const Message& newest(LocationId at) const {
    return message(at, locations_[index(at)].count - 1U);
  }
  // The first race since reset().
  const std::optional<Race>& race() const { return race_; }
  // Whether a full history has cost choices since reset().
  bool lost_choices() const { return lost_choices_; }

  // Gives equal states equal positions, for comparing them; changes nothing else.
  void renumber();
  // Of one machine of its sizes.
  std::size_t bytes() const {
    return sizeof *this + views_.size() * sizeof(Position) + messages_.size() * sizeof(Message);
  }

 private:
  friend class Fingerprinter;

  enum CpuView : std::uint8_t {
    kCoherence,  // Newest position read or written.
    kReadFloor,
    kReads,  // Of messages read, not yet ordered by smp_rmb.
    kWriteFloor,
    kOwn,      // Own stores, and what they carried.
    kCarried,  // By later relaxed stores.
    kOwnAtUnlock,
    kReadsAtUnlock,
    kCpuViewCount,
  };
  struct Cpu {
    EpochId fence_epoch = 0;
    bool has_unlocked = false;
    DomainId waits_in{};
    CpuMask waits_for = 0;
    std::array<std::uint8_t, kMaxDomains> nesting{};
  };
  struct Location {
    std::uint16_t first_slot = 0;
    std::uint8_t capacity = 0;
    std::uint8_t count = 0;
    bool is_retired = false;
    bool is_uneven = false;                         // Its positions have other gaps than kGap.
    std::array<std::uint8_t, kMaxHistory> order{};  // Slots, oldest first.
  };
  struct Placed {
    Value value = 0;
    std::uint32_t below = 0;  // The message that it lands directly above.
    const Position* carried = nullptr;
    const Position* self = nullptr;
    std::uint16_t tag = 0;
    bool is_plain = false;
  };

  static constexpr Position kGap = Position{1} << 17;
  static std::size_t index(LocationId at) { return static_cast<std::size_t>(at); }
  static std::uint32_t slot(const Location& location, std::uint32_t number) {
    return std::uint32_t{location.first_slot} + location.order[number];
  }

  // Views, by where they are in views_.
  Position* view(std::size_t number) { return views_.data() + number * stride_; }
  const Position* view(std::size_t number) const { return views_.data() + number * stride_; }
  Position* of(CpuId cpu, CpuView which) { return view(index_of(cpu) * kCpuViewCount + which); }
  const Position* of(CpuId cpu, CpuView which) const {
    return view(index_of(cpu) * kCpuViewCount + which);
  }
  Position* strong() { return view(first_strong_); }
  Position* readers_ended(DomainId domain) {
    return view(first_strong_ + 1 + static_cast<std::size_t>(domain));
  }
  Position* scratch(std::size_t number) { return view(first_scratch_ + number); }
  Position* dependency(DependencyId id) {
    return view(first_dependency_ + static_cast<std::size_t>(id));
  }
  const Position* dependency(DependencyId id) const {
    return view(first_dependency_ + static_cast<std::size_t>(id));
  }
  Position* epoch_view(EpochId epoch) { return view(first_epoch_ + epoch); }
  const Position* epoch_view(EpochId epoch) const { return view(first_epoch_ + epoch); }
  Position* carried(std::uint32_t slot) { return view(first_message_ + std::size_t{2} * slot); }
  Position* self(std::uint32_t slot) { return view(first_message_ + std::size_t{2} * slot + 1); }

  void join(Position* into, const Position* other) const;
  void join(Position* into, const Position* other, std::size_t width) const;
  bool join_and_tell(Position* into, const Position* other) const;
  void copy(Position* into, const Position* other) const;
  void join_epoch(Position* into, EpochId epoch) const;

  bool orders_address(const Access& access) const;
  Position address_floor(const Access& access) const;
  Position read_floor(CpuId cpu, const Access& access) const;
  Position write_floor(CpuId cpu, LocationId at) const;
  Position floor_after_fence(CpuId cpu, LocationId at) const;
  std::uint32_t lowest(const Location& location, Position floor) const;
  void all_known(CpuId cpu, Position* into) const;

  void read(CpuId cpu, const Access& access, std::uint32_t number, bool acquires,
            bool locks = false);
  std::uint32_t put(CpuId cpu, LocationId at, const Placed& placed);
  std::uint32_t unused_slot(Location& location, std::uint32_t& place);
  Position* depends_on(const Access& access);
  void put_update(CpuId cpu, const Access& access, Value fresh, std::uint32_t number,
                  const Position* self);
  void take(CpuId cpu, const Access& access, LockKind kind);
  void carry_hand_off(CpuId cpu, LocationId at, std::uint32_t from);

  void raise_strong(const Position* by);
  EpochId strong_epoch();
  void make_room_for_epoch();
  template <class Visit>
  void for_each_epoch(Visit visit);
  void renumber_column(LocationId at);

  bool has_unknown_store(CpuId cpu, const Access& access, Position floor) const;
  void check_read_race(CpuId cpu, const Access& access, Position floor);
  void check_write_race(CpuId cpu, const Access& access, Position floor);

  Sizes sizes_;
  Rules rules_;
  std::size_t stride_;     // Of a view, in positions.
  std::size_t width_ = 0;  // Of it in use.
  std::size_t first_strong_;
  std::size_t first_scratch_;
  std::size_t first_dependency_;
  std::size_t first_epoch_;
  std::size_t first_message_;
  std::uint32_t location_count_ = 0;
  std::uint32_t slot_count_ = 0;
  EpochId epoch_count_ = 1;
  bool strong_is_new_ = false;  // Beyond the latest epoch.
  bool lost_choices_ = false;
  std::array<EpochId, kMaxDomains> grace_period_epoch_{};
  std::optional<Race> race_;
  std::vector<Position> views_;
  std::vector<Message> messages_;
  std::vector<Location> locations_;
  std::array<Cpu, kMaxCpus> cpus_{};
  RaceClocks clocks_;
};

}  // namespace revenant::memory
