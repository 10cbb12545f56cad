// Judges what is left when every CPU has ended: leak for an object that nobody freed, at the place
// where it was allocated, and once more what judge_constructor_state.cpp judges of the free ones.
// No rule of type-stable memory.
#include "kernel/slab_state.h"

namespace revenant::kernel {

void SlabState::report_left_over(Site site) {
  for (std::size_t number = 0; number < page_count_; ++number) {
    const Page& page = pages_[number];
    for (std::size_t index = 0; index < kObjectsPerPage; ++index) {
      const std::uintptr_t address = address_of({.page = number, .index = index});
      const Object& object = page.objects[index];
      if (object.state == ObjectState::kAllocated) {
        raise_about_object(FindingKind::kLeak, "nothing will free", address, object.allocated.site);
      }
      check_free_image(*page.cache, address, site);
    }
  }
}

}  // namespace revenant::kernel
