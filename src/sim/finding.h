// What is wrong with the code under test: a kind, where, and one sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "choice/choices.h"

namespace revenant {

// A place in the source of the code under test. Every kernel primitive takes one as its last
// argument, by default the place of the call.
using Site = std::source_location;

enum class FindingKind : std::uint8_t {
  kRecycledObject,       // Used under an old name: allocated, of the right type, and another one.
  kUseAfterFree,         // A freed object, in a way that type stability does not cover.
  kUseAfterGracePeriod,  // Its slab page has gone back.
  kAccessOutsideRcu,  // A freed object's stable field, by a CPU with no section that saw it alive.
  kFreeWhileLocked,
  kWrongUnlock,  // Of a lock that this CPU does not hold.
  kRefcount,     // Underflow, overflow, or resurrection from zero.
  kDoubleFree,
  kBadConstructorState,
  kLeak,
  kSleepInRcu,     // Inside a read-side section, or in an RCU callback.
  kSleepInAtomic,  // Under a spinlock.
  kDeadlock,
  kLivelock,
  kBugOn,
  kDataRace,  // Found by TSan.
  kAsan,
  kUbsan,
};

// "recycled-object", ...
std::string_view name_of(FindingKind kind);
std::optional<FindingKind> finding_kind_of(std::string_view name);

// True for what a sanitizer may report but once: TSan keeps four accesses a word and evicts at
// random, and UBSan reports each line of the source once in a process.
bool may_be_seen_once(FindingKind kind);

struct Finding {
  FindingKind kind{};
  Anchor at{};             // The CPU, op and point that made it visible.
  std::uint32_t step = 0;  // In this run only; never part of a signature.
  Site site{};
  std::string text{};        // One sentence; may name objects.
  std::uintptr_t about = 0;  // The word or object that is judged, in this run; 0 where none is.
};

// The function's own name; of a lambda, the name of the function around it; empty if unknown.
std::string_view function_of(const Site& site);

}  // namespace revenant
