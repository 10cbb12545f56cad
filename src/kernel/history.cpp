// What a finding tells of an object: its name, who allocated and freed it, and what a sanitizer's
// complaint about it means.
#include "kernel/engine.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {
namespace {

std::string who(const Anchor& at) {
  if (at.cpu == sim::kRcuCpu) return "an RCU callback";
  const std::string cpu = "CPU " + std::to_string(index_of(at.cpu));
  return at.op == kTearDownOp ? cpu + " in the tear-down" : cpu + " in op " + std::to_string(at.op);
}

std::string said(const Where& where) {
  return who(where.at) + " at step " + std::to_string(where.step);
}

}  // namespace

void SlabState::raise(FindingKind kind, const char* what, std::uintptr_t address, Site site) {
  const Exclusive exclusive;
  const auto* const pointer = reinterpret_cast<const void*>(address);
  running().raise(kind, site,
                  std::string(what) + " " + name_of(pointer) + ": " + history_of(pointer), address);
}

void SlabState::raise_about_object(FindingKind kind, const char* what, std::uintptr_t object,
                                   Site site) {
  const Exclusive exclusive;
  const std::string text = object_and_history(reinterpret_cast<const void*>(object));
  running().raise(kind, site, std::string(what) + " " + text, object);
}

std::string SlabState::name_of(const volatile void* pointer) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  return running().memory().name_at(address, life_at(address));
}

std::string SlabState::history_of(const volatile void* pointer) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const Exclusive exclusive;
  if (!contains(address) || slot_of(address).page >= page_count_) return "never allocated";
  const Object& object = object_at(address);
  if (!object.ever_allocated) return "never allocated";
  const bool is_again = object.life > 1;
  std::string text;
  if (is_again) {
    text = "allocated by " + said(object.former_allocated) + ", freed by " +
           said(object.former_freed) + ", ";
  }
  text += (is_again ? "allocated again by " : "allocated by ") + said(object.allocated);
  if (object.state == ObjectState::kFree) text += ", freed by " + said(object.freed);
  return text;
}

std::string SlabState::object_and_history(const volatile void* pointer) const {
  const Exclusive exclusive;
  const std::uintptr_t object = address_of(slot_of(reinterpret_cast<std::uintptr_t>(pointer)));
  return running().memory().object_at(object, life_at(object)) + ": " +
         history_of(reinterpret_cast<void*>(object));
}

sim::SanitizerVerdict SlabState::explain(FindingKind kind, std::uintptr_t address) const {
  const Exclusive exclusive;
  const auto* const pointer = reinterpret_cast<const void*>(address);
  if (!contains(address)) return {.kind = kind, .text = "on " + name_of(pointer)};
  const std::string text = name_of(pointer) + ": " + history_of(pointer);
  const Slot slot = slot_of(address);
  if (kind != FindingKind::kAsan || slot.page >= page_count_) {
    return {.kind = kind, .text = "on " + text};
  }
  const Page& page = pages_[slot.page];
  if (page.state == PageState::kReturned) {
    return {.kind = FindingKind::kUseAfterGracePeriod, .text = "plain access to freed " + text};
  }
  if (!is_free(pointer) || address - address_of(slot) >= page.cache->size_bytes) {
    return {.kind = FindingKind::kUseAfterFree,
            .text = "plain access beyond " + object_and_history(pointer)};
  }
  return {.kind = FindingKind::kUseAfterFree, .text = "plain access to freed " + text};
}

}  // namespace revenant::kernel
