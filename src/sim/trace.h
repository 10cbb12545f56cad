// What happened in a run, step by step: one event for each primitive, after its effect.
//
// A trace is recorded only when somebody asks for one (replay, show, a finding), never in the fuzz
// loop. Its memory is taken before the run: CPUs allocate nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/finding.h"
#include "sim/memory_map.h"

namespace revenant::sim {

enum class Primitive : std::uint8_t {
  kOpBegin,
  kOpEnd,
  kNote,
  kBlocked,
  kReadOnce,
  kWriteOnce,
  kSmpLoadAcquire,
  kSmpStoreRelease,
  kRcuDereference,
  kRcuAssignPointer,
  kXchg,
  kCmpxchg,
  kSmpMb,
  kSmpRmb,
  kSmpWmb,
  kAtomicRead,
  kAtomicSet,
  kAtomicInc,
  kAtomicDec,
  kAtomicAdd,
  kAtomicIncReturn,
  kAtomicDecReturn,
  kAtomicDecAndTest,
  kAtomicIncNotZero,
  kAtomicCmpxchg,
  kMutexLock,
  kMutexTrylock,
  kMutexUnlock,
  kMutexIsLocked,
  kSpinLock,
  kSpinUnlock,
  kDownRead,
  kDownReadTrylock,
  kUpRead,
  kDownWrite,
  kUpWrite,
  kRwsemIsLocked,
  kRcuReadLock,
  kRcuReadUnlock,
  kSynchronizeRcuBegins,
  kSynchronizeRcuEnds,
  kCallRcu,
  kRcuCallback,
  kRcuBarrier,
  kKmemCacheAlloc,
  kKmemCacheFree,
  kSlabPageReturned,
};

// What a primitive's name ends with that orders less than the one without.
enum class Suffix : std::uint8_t { kNone, kRelaxed, kAcquire, kRelease };

// A primitive as the code under test spells it: atomic_dec_and_test_release.
struct Spelling {
  // NOLINTNEXTLINE(google-explicit-constructor): most primitives have one spelling.
  constexpr Spelling(Primitive stem, Suffix ending = Suffix::kNone)
      : primitive(stem), suffix(ending) {}
  Primitive primitive;
  Suffix suffix;
};

// A word: its bits and, where they point into a slab object, which life of it at that moment.
struct Operand {
  std::uint64_t bits = 0;
  Life life = 0;
};

struct Event {
  std::uint32_t step = 0;
  Anchor at{};
  Primitive what{};
  Suffix suffix{};
  Site site{};
  Operand object{};       // The address that the primitive works on.
  Operand value{};        // Stored, loaded or new value.
  Operand old_value{};    // Of a read-modify-write.
  std::int32_t result{};  // Of a primitive that succeeds or fails.
  // With weak memory: an older value was read than this, or the store landed below it.
  std::optional<Operand> newest{};
  const char* text = nullptr;
};

// "mutex_lock", "atomic_set_release", ...
std::string name_of(const Event& event);

class Trace {
 public:
  explicit Trace(std::size_t capacity = kDefaultCapacity) { events_.reserve(capacity); }
  Trace(const Trace&) = delete;  // A copied vector has no room left.
  Trace& operator=(const Trace&) = delete;

  void clear() { events_.clear(); }
  // Drops all but the first so many events.
  void cut_to(std::size_t count) { events_.resize(count); }
  // Drops the event when the trace is full.
  void add(const Event& event);
  std::span<const Event> events() const { return events_; }

 private:
  static constexpr std::size_t kDefaultCapacity = 16384;
  std::vector<Event> events_;
};

// "atomic_dec_and_test(anon_vma0#1.refcount) 1 -> 0 = true": the same in every process.
std::string describe(const Event& event, const MemoryMap& map);

}  // namespace revenant::sim
