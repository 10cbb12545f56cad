#include "sim/fiber.h"

#include <sanitizer/common_interface_defs.h>
#include <sanitizer/tsan_interface.h>

#include "base/check.h"

namespace revenant::sim {
namespace {

// Sanitized frames are several times larger, and a report is written on the stack that found it.
constexpr std::size_t kStackBytes = 256 * 1024;

boost::context::protected_fixedsize_stack stacks() {
  return boost::context::protected_fixedsize_stack(kStackBytes);
}

}  // namespace

Fiber::Fiber() : is_thread_(true) {
#ifdef REVENANT_WITH_TSAN
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(Entry entry, void* argument)
    : entry_(entry), argument_(argument), stack_(stacks().allocate()) {
  stack_bottom_ = static_cast<const char*>(stack_.sp) - stack_.size;
  stack_size_bytes_ = stack_.size;
#ifdef REVENANT_WITH_TSAN
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
  begin_at(stack_.sp, &start);
}

Fiber::~Fiber() {
  if (is_thread_) return;
  REVENANT_CHECK(!is_inside_);
#ifdef REVENANT_WITH_TSAN
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  stacks().deallocate(stack_);
}

#if defined(REVENANT_WITH_ASAN) || defined(REVENANT_WITH_TSAN)

void Fiber::leaves([[maybe_unused]] void** fake_stack, Fiber& to) {
  to.came_from_ = this;
#ifdef REVENANT_WITH_ASAN
  __sanitizer_start_switch_fiber(fake_stack, to.stack_bottom_, to.stack_size_bytes_);
#endif
#ifdef REVENANT_WITH_TSAN
  __tsan_switch_to_fiber(to.tsan_fiber_, __tsan_switch_to_fiber_no_sync);
#endif
}

void Fiber::arrived() {
#ifdef REVENANT_WITH_ASAN
  const void* bottom = nullptr;
  std::size_t size_bytes = 0;
  __sanitizer_finish_switch_fiber(asan_fake_stack_, &bottom, &size_bytes);
  if (!came_from_->is_thread_) return;
  came_from_->stack_bottom_ = bottom;
  came_from_->stack_size_bytes_ = size_bytes;
#endif
}

#endif

void Fiber::start(Context& /*from*/, Context& to) {
  auto& self = static_cast<Fiber&>(to);
  self.is_inside_ = true;
  self.arrived();
  self.entry_(self.argument_);
  self.is_inside_ = false;
  self.leaves(nullptr, *self.came_from_);
  Context::switch_between(self, *self.came_from_);
  __builtin_unreachable();
}

}  // namespace revenant::sim
