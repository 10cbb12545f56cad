// Tells TSan which order the modelled primitives promise; without TSan, nothing.
//
// A clock is known by an address, which need not be memory. release() merges what the running CPU
// has seen into the clock, acquire() the other way round. All other order is invisible to TSan:
// fibers are switched without any.
#pragma once

#ifdef REVENANT_WITH_TSAN
#include <sanitizer/tsan_interface.h>
#include <sanitizer/tsan_interface_atomic.h>

// Of the runtime, which no header declares: either of its two pairs ignores reads and writes.
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
extern "C" void AnnotateIgnoreSyncBegin(const char* file, int line);
extern "C" void AnnotateIgnoreSyncEnd(const char* file, int line);
#endif

namespace revenant::sim {

inline void hb_release([[maybe_unused]] const volatile void* clock) {
#ifdef REVENANT_WITH_TSAN
  __tsan_release(const_cast<void*>(clock));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
#endif
}

// As release(), but forgets what the clock held: for a clock that starts a new life.
inline void hb_renew([[maybe_unused]] unsigned char* clock) {
#ifdef REVENANT_WITH_TSAN
  __tsan_atomic8_store(reinterpret_cast<volatile __tsan_atomic8*>(clock), 0,
                       __tsan_memory_order_release);
#endif
}

inline void hb_acquire([[maybe_unused]] const volatile void* clock) {
#ifdef REVENANT_WITH_TSAN
  __tsan_acquire(const_cast<void*>(clock));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
#endif
}

// While it lives, TSan ignores what this CPU does. The harness is not instrumented, but the
// compiler makes calls of memcpy and memset of it, and those are intercepted. Must not live across
// a yield.
class HarnessScope {
 public:
#ifdef REVENANT_WITH_TSAN
  HarnessScope() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~HarnessScope() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
#else
  HarnessScope() {}   // NOLINT(modernize-use-equals-default): or every use is an unused variable.
  ~HarnessScope() {}  // NOLINT(modernize-use-equals-default)
#endif
  HarnessScope(const HarnessScope&) = delete;
  HarnessScope& operator=(const HarnessScope&) = delete;
};

// While it lives, TSan takes no lock and no atomic of this CPU for order: for calls of a library
// that has locks of its own.
class SyncIgnored {
 public:
#ifdef REVENANT_WITH_TSAN
  SyncIgnored() { AnnotateIgnoreSyncBegin(__FILE__, __LINE__); }
  ~SyncIgnored() { AnnotateIgnoreSyncEnd(__FILE__, __LINE__); }
#else
  SyncIgnored() {}   // NOLINT(modernize-use-equals-default): as above.
  ~SyncIgnored() {}  // NOLINT(modernize-use-equals-default)
#endif
  SyncIgnored(const SyncIgnored&) = delete;
  SyncIgnored& operator=(const SyncIgnored&) = delete;
};

// A TSan context in which no code runs: it takes clocks from one address to another, so that what
// one CPU saw at one moment can be released later, or by somebody else, and nothing more with it.
class ClockCarrier {
 public:
  ClockCarrier();
  ~ClockCarrier();
  ClockCarrier(const ClockCarrier&) = delete;
  ClockCarrier& operator=(const ClockCarrier&) = delete;

  // The carrier never forgets, so use one for clocks that only grow.
  void take(const volatile void* clock);
  void give(const volatile void* clock);
  // As give(), but forgets what the clock held.
  void renew(unsigned char* clock);

 private:
  [[maybe_unused]] void* fiber_ = nullptr;
};

}  // namespace revenant::sim
