#include "sim/fiber.h"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/tsan_interface.h>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <memory>
#include <utility>

namespace revenant::sim {
namespace {

namespace context = boost::context;

// Sanitized frames are several times larger, and a report is written on the stack that found it.
constexpr std::size_t kStackBytes = 256 * 1024;

}  // namespace

Fiber::Fiber() : is_thread_(true) {
#ifdef REVENANT_WITH_TSAN
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(Entry entry, void* argument) : entry_(entry), argument_(argument) {
  context::protected_fixedsize_stack allocator(kStackBytes);
  const context::stack_context stack = allocator.allocate();
  stack_bottom_ = static_cast<const char*>(stack.sp) - stack.size;
  stack_size_bytes_ = stack.size;
#ifdef REVENANT_WITH_TSAN
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
  context_ = context::fiber(std::allocator_arg, context::preallocated(stack.sp, stack.size, stack),
                            allocator, [this](context::fiber&& from) {
                              came_from_->context_ = std::move(from);
                              arrived();
                              entry_(argument_);
                              leave_for_ever();
                              return std::move(came_from_->context_);
                            });
}

Fiber::~Fiber() {
#ifdef REVENANT_WITH_TSAN
  if (!is_thread_) __tsan_destroy_fiber(tsan_fiber_);
#endif
}

void Fiber::leave_for_ever() {
  came_from_->came_from_ = this;
#ifdef REVENANT_WITH_ASAN
  __sanitizer_start_switch_fiber(nullptr, came_from_->stack_bottom_, came_from_->stack_size_bytes_);
#endif
#ifdef REVENANT_WITH_TSAN
  __tsan_switch_to_fiber(came_from_->tsan_fiber_, __tsan_switch_to_fiber_no_sync);
#endif
}

void Fiber::switch_between(Fiber& from, Fiber& to) {
  to.came_from_ = &from;
#ifdef REVENANT_WITH_ASAN
  __sanitizer_start_switch_fiber(&from.asan_fake_stack_, to.stack_bottom_, to.stack_size_bytes_);
#endif
#ifdef REVENANT_WITH_TSAN
  __tsan_switch_to_fiber(to.tsan_fiber_, __tsan_switch_to_fiber_no_sync);
#endif
  context::fiber arrived_from = std::move(to.context_).resume();
  // Empty when that fiber has returned from its entry.
  from.came_from_->context_ = std::move(arrived_from);
  from.arrived();
}

void Fiber::arrived() {
#ifdef REVENANT_WITH_ASAN
  const void* bottom = nullptr;
  std::size_t size_bytes = 0;
  __sanitizer_finish_switch_fiber(asan_fake_stack_, &bottom, &size_bytes);
  if (came_from_->is_thread_) {
    came_from_->stack_bottom_ = bottom;
    came_from_->stack_size_bytes_ = size_bytes;
  }
#endif
}

}  // namespace revenant::sim
