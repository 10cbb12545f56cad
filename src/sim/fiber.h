// A stack that code runs on and leaves only by a switch; the one place that knows fibers.
//
// The sanitizers are told of each switch here and nowhere else: ASan gets the bounds of the stack,
// TSan gets its own thread for the fiber. TSan is told with no_sync: a switch orders nothing, so
// two CPUs that never run at once can still race.
//
// Memory  A fiber owns a guarded stack and a TSan context. Both cost microseconds, so fibers are
//         pooled: an entry function loops, and returns only when its fiber is to be destroyed.
#pragma once

#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstddef>

#include "sim/context.h"

namespace revenant::sim {

class Fiber : Context {
 public:
  using Entry = void (*)(void* argument);

  // The fiber of the calling thread itself.
  Fiber();
  // A new fiber: the first switch to it calls entry(argument). When that returns, control goes to
  // whoever switched here last, and this fiber can only be destroyed.
  Fiber(Entry entry, void* argument);
  // Requires that entry has returned or was never called; aborts otherwise.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves `from`, which must be the running fiber, and continues `to`. Returns when something
  // switches back.
  [[gnu::always_inline]] static void switch_between(Fiber& from, Fiber& to) {
    from.leaves(&from.asan_fake_stack_, to);
    Context::switch_between(from, to);
    from.arrived();
  }

 private:
  static void start(Context& from, Context& to);
  // What is left for `to`, and that this fiber runs again. `fake_stack` is nullptr when it has
  // ended.
#if defined(REVENANT_WITH_ASAN) || defined(REVENANT_WITH_TSAN)
  // Not inline, and so never as they are compiled for instrumented callers.
  void leaves(void** fake_stack, Fiber& to);
  void arrived();
#else
  void leaves(void** /*fake_stack*/, Fiber& to) { to.came_from_ = this; }
  void arrived() {}
#endif

  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
  [[maybe_unused]] void* asan_fake_stack_ = nullptr;
  boost::context::stack_context stack_;  // Of a thread: none.
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_bytes_ = 0;
  bool is_thread_ = false;
  bool is_inside_ = false;      // entry was called and has not returned.
  Fiber* came_from_ = nullptr;  // Who switched here last.
};

}  // namespace revenant::sim
