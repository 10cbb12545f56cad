#include "sim/effect.h"

namespace revenant::sim {
namespace {

using enum Primitive;

constexpr Effect load(Ordering ordering) { return {.loads = true, .ordering = ordering}; }
constexpr Effect store(Ordering ordering) { return {.stores = true, .ordering = ordering}; }
constexpr Effect alter(Ordering ordering) {
  return {.loads = true, .stores = true, .ordering = ordering};
}
constexpr Effect take(LockStep step) { return {.ordering = Ordering::kAcquire, .lock = step}; }
constexpr Effect give() { return {.ordering = Ordering::kRelease, .lock = LockStep::kGive}; }

// Of one that succeeds.
Effect effect_of(Primitive what) {
  switch (what) {
    case kReadOnce:
    case kAtomicRead:
      return load(Ordering::kRelaxed);
    case kSmpLoadAcquire:
    case kRcuDereference:
      return load(Ordering::kAcquire);
    case kWriteOnce:
    case kAtomicSet:
      return store(Ordering::kRelaxed);
    case kSmpStoreRelease:
    case kRcuAssignPointer:
      return store(Ordering::kRelease);
    case kAtomicInc:
    case kAtomicDec:
    case kAtomicAdd:
      return alter(Ordering::kRelaxed);
    case kXchg:
    case kCmpxchg:
    case kAtomicIncReturn:
    case kAtomicDecReturn:
    case kAtomicDecAndTest:
    case kAtomicIncNotZero:
    case kAtomicCmpxchg:
      return alter(Ordering::kFull);
    case kSmpMb:
      return {.ordering = Ordering::kFull};
    case kSmpRmb:
      return {.ordering = Ordering::kAcquire};
    case kSmpWmb:
      return {.ordering = Ordering::kRelease};
    case kMutexLock:
    case kMutexTrylock:
    case kSpinLock:
    case kDownWrite:
      return take(LockStep::kTake);
    case kDownRead:
    case kDownReadTrylock:
      return take(LockStep::kTakeShared);
    case kMutexUnlock:
    case kSpinUnlock:
    case kUpRead:
    case kUpWrite:
      return give();
    default:
      return {};
  }
}

Ordering ordering_of(Suffix suffix, Ordering usual) {
  switch (suffix) {
    case Suffix::kNone:
      return usual;
    case Suffix::kRelaxed:
      return Ordering::kRelaxed;
    case Suffix::kAcquire:
      return Ordering::kAcquire;
    case Suffix::kRelease:
      return Ordering::kRelease;
  }
  return usual;
}

}  // namespace

Effect effect_of(const Event& event) {
  Effect effect = effect_of(event.what);
  effect.ordering = ordering_of(event.suffix, effect.ordering);
  const bool may_fail = event.what == kCmpxchg || event.what == kAtomicCmpxchg ||
                        event.what == kAtomicIncNotZero || event.what == kMutexTrylock ||
                        event.what == kDownReadTrylock;
  if (!may_fail || event.result != 0) return effect;
  return effect.loads ? load(Ordering::kRelaxed) : Effect{};
}

}  // namespace revenant::sim
