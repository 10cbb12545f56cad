#include "sim/happens_before.h"

namespace revenant::sim {

#ifdef REVENANT_WITH_TSAN
namespace {

class InContext {
 public:
  explicit InContext(void* fiber) : running_(__tsan_get_current_fiber()) {
    __tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync);
  }
  ~InContext() {
    take_signals();
    __tsan_switch_to_fiber(running_, __tsan_switch_to_fiber_no_sync);
  }
  InContext(const InContext&) = delete;
  InContext& operator=(const InContext&) = delete;

 private:
  // A signal that came meanwhile waits, for TSan, until this context executes something atomic, and
  // no code runs in it that would. One that comes after this waits for the next time.
  static void take_signals() {
    static constinit __tsan_atomic8 nothing = 0;
    __tsan_atomic8_load(&nothing, __tsan_memory_order_relaxed);
  }

  void* running_;
};

}  // namespace

ClockCarrier::ClockCarrier() : fiber_(__tsan_create_fiber(0)) {}
ClockCarrier::~ClockCarrier() { __tsan_destroy_fiber(fiber_); }

void ClockCarrier::take(const volatile void* clock) {
  const InContext carrier(fiber_);
  hb_acquire(clock);
}

void ClockCarrier::give(const volatile void* clock) {
  const InContext carrier(fiber_);
  hb_release(clock);
}

void ClockCarrier::renew(unsigned char* clock) {
  const InContext carrier(fiber_);
  // It need not have seen who made the memory that the clock is known by.
  const HarnessScope harness;
  hb_renew(clock);
}
#else
ClockCarrier::ClockCarrier() = default;
ClockCarrier::~ClockCarrier() = default;
void ClockCarrier::take(const volatile void* /*clock*/) {}
void ClockCarrier::give(const volatile void* /*clock*/) {}
void ClockCarrier::renew(unsigned char* /*clock*/) {}
#endif

}  // namespace revenant::sim
