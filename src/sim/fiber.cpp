#include "sim/fiber.h"

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
#ifdef REVENANT_WITH_TSAN
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  stacks().deallocate(stack_);
}

void Fiber::start(Context& /*from*/, Context& to) {
  auto& self = static_cast<Fiber&>(to);
  self.arrived();
  self.entry_(self.argument_);
  self.leaves(nullptr, *self.came_from_);
  Context::switch_between(self, *self.came_from_);
  __builtin_unreachable();
}

}  // namespace revenant::sim
