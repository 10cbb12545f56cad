// What the view machine does for the sake of one ordering each, so that a test can leave it out and
// see its witness fail. Code under test is never run without one.
#pragma once

#include <cstdint>

namespace revenant::memory {

enum class Rule : std::uint8_t {
  kReadFloorHasCoherence,   // A load returns nothing older than what its CPU read or wrote.
  kWriteFloorHasCoherence,  // A store lands above what its CPU read or wrote.
  kWriteFloorHasReads,      // A store lands above what all earlier reads told of.
  kReadBarrier,
  kWriteBarrier,
  kAcquire,
  kReleaseIsCumulative,  // A release store carries what was read, not only what was written.
  kOwnTakesCarried,      // What a release store carried counts as own for a later smp_wmb.
  kAddressDependency,
  kAcquireThroughDependency,  // Who follows an acquire follows what gave it its address, too.
  kSelf,               // What a CPU's own message tells it, in place of what it tells others.
  kFenceIsGlobal,      // Strong fences share one view.
  kFenceTakesReads,    // And put into it what was read, not only what was written.
  kFenceIsRemembered,  // A message carries what its writer's strong fences knew.
  kFenceBeforeUpdate,
  kFenceAfterUpdate,
  kReleaseSequence,  // A read-modify-write carries on what it read.
  kClosedToStores,
  kClosedToUpdates,
  kUpdateAcquire,
  kUpdateRelease,
  kLockExcludes,
  kLockAcquires,
  kUnlockReleases,
  kHandOff,                // Who takes a lock carries on what its last holder wrote.
  kOwnUnlockOrdersStores,  // A lock after an unlock of the same CPU orders stores
  kOwnUnlockOrdersLoads,   // and loads, whatever the locks.
  kReaderSeesGracePeriodStart,
  kGracePeriodBeginsWithFence,
  kGracePeriodWaits,
  kOnlyOutermostUnlockEnds,
  kGracePeriodSeesReaders,
  kEveryReaderIsSeen,  // Also one that nobody waited for.
  kGracePeriodEndsWithFence,
  kCallbackStartsWithSnapshot,
  kStoresLandAnywhere,  // Not a restriction but a freedom: without it stores are appended.
};

class Rules {
 public:
  constexpr bool has(Rule rule) const { return (without_ & bit(rule)) == 0; }
  constexpr Rules without(Rule rule) const {
    Rules rules = *this;
    rules.without_ |= bit(rule);
    return rules;
  }

 private:
  static constexpr std::uint64_t bit(Rule rule) {
    return std::uint64_t{1} << static_cast<std::uint32_t>(rule);
  }

  std::uint64_t without_ = 0;
};

}  // namespace revenant::memory
