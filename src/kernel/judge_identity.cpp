// Judges C5, that who pinned an object has the life that it meant: recycled-object, use-after-free.
// C1 is why it may be another: a freed slot may be used again at once.
#include "kernel/engine.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {

void SlabState::judge_identity(const volatile void* object, Incarnation named, Site site) {
  const Exclusive exclusive;
  const Incarnation now = incarnation_of(object);
  if (now == named && now != 0) return;
  const std::string text = object_and_history(object);
  const auto about = reinterpret_cast<std::uintptr_t>(object);
  if (now == 0) running().raise(FindingKind::kUseAfterFree, site, "relies on freed " + text, about);
  const std::size_t colon = text.find(": ");
  running().raise(
      FindingKind::kRecycledObject, site,
      "relies on " + text.substr(0, colon) + " as if it were an earlier life" + text.substr(colon),
      about);
}

}  // namespace revenant::kernel
