// For tests: CPUs of the native engine that speak the kernel's words.
#pragma once

#include "kernel/atomic.h"
#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/mutex.h"
#include "kernel/rcupdate.h"
#include "kernel/rwsem.h"
#include "kernel/slab.h"
#include "kernel/slab_state.h"
#include "kernel/spinlock.h"
#include "native/test_machine.h"

namespace revenant::kernel {

using native::Flag;
using sim::kClean;
using sim::read_plainly;
using sim::write_plainly;

class NativeKernelTest : public native::NativeMachineTest {
 protected:
  explicit NativeKernelTest(const native::Options& options = {}) : NativeMachineTest(options) {
    sim::listen_to_sanitizers(
        [](FindingKind kind, std::uintptr_t address) { return slab().explain(kind, address); });
  }

  void begin() override {
    NativeMachineTest::begin();
    slab().begin_run();
    lock_owners().begin_run();
    fence_begin_run();
  }
};

// What a schedule does in an instant takes many tries where threads really run.
inline constexpr int kTries = 500;

}  // namespace revenant::kernel
