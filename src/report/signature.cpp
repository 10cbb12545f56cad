#include "report/signature.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

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
    case FindingKind::kSleepInAtomic:
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

std::vector<ObjectLife> lives_of(const sim::Region& object, const Recording& recording) {
  std::vector<ObjectLife> lives;
  std::ranges::copy_if(recording.lives, std::back_inserter(lives),
                       [&](const ObjectLife& life) { return life.address == object.begin; });
  return lives;
}

// Whether the event is a load of a pointer to the object, by the blamed op.
bool names(const RecordedEvent& e, const Finding& finding, const sim::Region& object) {
  return e.effect.loads && e.event.at.cpu == finding.at.cpu && e.event.at.op == finding.at.op &&
         points_into(e.event.value, object) && !points_into(e.event.object, object);
}

// Which one it was to when it was loaded.
sim::Life life_in(const RecordedEvent& load) { return load.event.value.life & ~sim::kFreed; }

// The life whose end the finding is about; nullptr if there is none.
const ObjectLife* ended_life(const Finding& finding, const sim::Region& object,
                             const std::vector<ObjectLife>& lives, const Recording& recording) {
  if (lives.empty()) return nullptr;
  const auto last_named = [&](auto is_meant) {
    return last_before(recording, kNoEvent, [&](const RecordedEvent& e) {
      return names(e, finding, object) && is_meant(life_in(e));
    });
  };
  EventIndex named = last_named([&](sim::Life life) { return life != lives.back().life; });
  if (named == kNoEvent) named = last_named([](sim::Life /*any*/) { return true; });
  if (named != kNoEvent) {
    const auto met = std::ranges::find(lives, life_in(recording.events[named]), &ObjectLife::life);
    if (met != lives.end() && met->to != kNoEvent) return &*met;
    if (!is_about_an_end(finding.kind)) return nullptr;
  }
  const auto ended = std::find_if(lives.rbegin(), lives.rend(),
                                  [](const ObjectLife& life) { return life.to != kNoEvent; });
  return ended == lives.rend() ? nullptr : &*ended;
}

}  // namespace

Roles roles_of(const ReportInput& input, const Recording& recording) {
  const Finding& finding = *input.finding;
  const sim::Region* const object = input.memory.find(finding.about);
  Roles roles;
  if (object == nullptr) return roles;
  const std::vector<ObjectLife> lives = lives_of(*object, recording);
  if (const ObjectLife* const ended = ended_life(finding, *object, lives, recording)) {
    const auto names_it = [&](const RecordedEvent& e) {
      return names(e, finding, *object) && life_in(e) == ended->life;
    };
    roles.freed = ended->to;
    if (ended != &lives.back()) roles.allocated = std::next(ended)->from;
    roles.named = last_before(recording, ended->to, names_it);
    if (roles.named == kNoEvent) roles.named = last_before(recording, kNoEvent, names_it);
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
