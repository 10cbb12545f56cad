// A stack that code runs on and leaves only by a switch; the one place that knows fibers.
//
// Boost.Context moves control. The sanitizers are told of each switch here and nowhere else: ASan
// gets the bounds of the stack, TSan gets its own thread for the fiber. TSan is told with no_sync:
// a switch orders nothing, so two CPUs that never run at once can still race.
//
// Memory  A fiber owns a guarded stack and a TSan context. Both cost microseconds, so fibers are
//         pooled: an entry function loops, and returns only when its fiber is to be destroyed.
#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>

namespace revenant::sim {

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  // The fiber of the calling thread itself.
  Fiber();
  // A new fiber: the first switch to it calls entry(argument). When that returns, control goes to
  // whoever switched here last, and this fiber can only be destroyed.
  Fiber(Entry entry, void* argument);
  // Requires that entry has returned or was never called.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves `from`, which must be the running fiber, and continues `to`. Returns when something
  // switches back.
  static void switch_between(Fiber& from, Fiber& to);

 private:
  void arrived();
  void leave_for_ever();

  boost::context::fiber context_;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
  [[maybe_unused]] void* asan_fake_stack_ = nullptr;
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_bytes_ = 0;
  [[maybe_unused]] bool is_thread_ = false;
  Fiber* came_from_ = nullptr;  // Who switched here last.
};

}  // namespace revenant::sim
