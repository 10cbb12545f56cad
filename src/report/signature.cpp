#include "report/signature.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace revenant {
namespace {

constexpr std::uint64_t kTagBits = 3;

bool is_about_an_end(FindingKind kind) {
  switch (kind) {
    case FindingKind::kRecycledObject:
    case FindingKind::kUseAfterFree:
    case FindingKind::kUseAfterGracePeriod:
    case FindingKind::kAccessOutsideRcu:
    case FindingKind::kDoubleFree:
      return true;
    default:
      return false;
  }
}

// The others are about an object as a whole, whose address is that of its first field too.
bool is_about_a_word(FindingKind kind) {
  switch (kind) {
    case FindingKind::kUseAfterFree:
    case FindingKind::kUseAfterGracePeriod:
    case FindingKind::kAccessOutsideRcu:
    case FindingKind::kWrongUnlock:
    case FindingKind::kRefcount:
    case FindingKind::kDeadlock:
    case FindingKind::kDataRace:
    case FindingKind::kAsan:
      return true;
    default:
      return false;
  }
}

std::string type_of(const sim::MemoryMap& memory, std::uintptr_t address) {
  const sim::Region* const region = memory.find(address);
  return region == nullptr ? std::string{} : std::string(region->name);
}

bool points_into(const sim::Operand& value, const sim::Region& region) {
  return (value.bits & ~kTagBits) - region.begin < region.size_bytes;
}

// The last event before `end` for which `is_meant` holds.
template <class Predicate>
EventIndex last_before(const Recording& recording, EventIndex end, Predicate is_meant) {
  for (EventIndex i = std::min(end, recording.events.size()); i-- > 0;) {
    if (is_meant(recording.events[i])) return i;
  }
  return kNoEvent;
}

}  // namespace

Roles roles_of(const ReportInput& input, const Recording& recording) {
  const Finding& finding = *input.finding;
  const sim::Region* const object = input.memory.find(finding.about);
  Roles roles;
  if (object == nullptr) return roles;
  const auto happened_to = [&](sim::Primitive what) {
    return [object, what](const RecordedEvent& e) {
      return e.event.what == what && e.event.object.bits == object->begin;
    };
  };
  roles.freed = last_before(recording, kNoEvent, happened_to(sim::Primitive::kKmemCacheFree));
  roles.allocated = last_before(recording, kNoEvent, happened_to(sim::Primitive::kKmemCacheAlloc));
  if (roles.freed != kNoEvent) {
    if (roles.allocated < roles.freed) roles.allocated = kNoEvent;
    roles.named = last_before(recording, roles.freed, [&](const RecordedEvent& e) {
      return e.effect.loads && e.event.at.cpu == finding.at.cpu && e.event.at.op == finding.at.op &&
             points_into(e.event.value, *object) && !points_into(e.event.object, *object);
    });
  } else {
    roles.allocated = kNoEvent;
  }
  roles.held = last_before(recording, kNoEvent, [&](const RecordedEvent& e) {
    return e.effect.lock != sim::LockStep::kNone && e.effect.lock != sim::LockStep::kGive &&
           e.event.at.cpu != finding.at.cpu &&
           e.event.object.bits - object->begin < object->size_bytes;
  });
  return roles;
}

std::string signature_of(const ReportInput& input, const Recording& recording) {
  const Finding& finding = *input.finding;
  const Roles roles = roles_of(input, recording);
  std::vector<std::string> places;
  const auto add = [&](std::string_view place) {
    if (!place.empty()) places.emplace_back(place);
  };
  const auto add_event = [&](EventIndex index) {
    if (index != kNoEvent) add(function_of(recording.events[index].event.site));
  };
  const bool is_named = finding.kind == FindingKind::kRecycledObject && roles.named != kNoEvent;
  is_named ? add_event(roles.named) : add(function_of(finding.site));
  if (is_about_an_end(finding.kind)) add_event(roles.freed);
  if (finding.kind == FindingKind::kRecycledObject) add_event(roles.allocated);
  if (finding.kind == FindingKind::kFreeWhileLocked) add_event(roles.held);
  add(is_about_a_word(finding.kind) ? place_in_type(input.memory, finding.about)
                                    : type_of(input.memory, finding.about));
  return fmt::format("{} in {}{}{}", name_of(finding.kind), input.subject.name,
                     places.empty() ? "" : ": ", fmt::join(places, ", "));
}

}  // namespace revenant
