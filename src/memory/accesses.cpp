// Rules 1 to 4, 9, 13, 21: which messages a load may return, where a store may land, and what each
// tells its CPU.
#include <algorithm>

#include "base/check.h"
#include "memory/view_machine.h"

namespace revenant::memory {

// Whether the access comes after what gave it its address.
bool ViewMachine::orders_address(const Access& access) const {
  return access.address != kNoDependency && !sizes_.ignores_dependencies &&
         rules_.has(Rule::kAddressDependency);
}

Position ViewMachine::address_floor(const Access& access) const {
  return orders_address(access) ? dependency(access.address)[index(access.at)] : 0;
}

Position ViewMachine::read_floor(CpuId cpu, const Access& access) const {
  const std::size_t x = index(access.at);
  Position floor = std::max(of(cpu, kReadFloor)[x], address_floor(access));
  if (rules_.has(Rule::kReadFloorHasCoherence)) floor = std::max(floor, of(cpu, kCoherence)[x]);
  return floor;
}

Position ViewMachine::write_floor(CpuId cpu, LocationId at) const {
  const std::size_t x = index(at);
  Position floor = of(cpu, kReadFloor)[x];
  if (rules_.has(Rule::kWriteFloorHasCoherence)) floor = std::max(floor, of(cpu, kCoherence)[x]);
  if (rules_.has(Rule::kWriteFloorHasReads)) floor = std::max(floor, of(cpu, kWriteFloor)[x]);
  return floor;
}

// What fence() would raise the read floor to.
Position ViewMachine::floor_after_fence(CpuId cpu, LocationId at) const {
  const std::size_t x = index(at);
  Position floor = rules_.has(Rule::kFenceIsGlobal) ? view(first_strong_)[x] : 0;
  for (const CpuView which : {kCoherence, kReadFloor, kWriteFloor, kOwn, kCarried}) {
    floor = std::max(floor, of(cpu, which)[x]);
  }
  return floor;
}

// The oldest message that the floor allows.
std::uint32_t ViewMachine::lowest(const Location& location, Position floor) const {
  std::uint32_t number = location.count - 1U;
  while (number > 0 && messages_[slot(location, number - 1)].at >= floor) --number;
  return number;
}

Candidates ViewMachine::load_candidates(CpuId cpu, const Access& access) const {
  const Location& location = locations_[index(access.at)];
  const std::uint32_t oldest = lowest(location, read_floor(cpu, access));
  Candidates candidates;
  for (std::uint32_t i = location.count; i-- > oldest;) candidates.add(i, false);
  return candidates;
}

void ViewMachine::read(CpuId cpu, const Access& access, std::uint32_t number, bool acquires,
                       bool locks) {
  const std::uint32_t from = slot(locations_[index(access.at)], number);
  const Message& message = messages_[from];
  Position* const told = scratch(0);
  // A CPU's own message tells it where what it stored came from, and no more, be it a release: to
  // read from oneself is no synchronisation. Locks are: one CPU's unlock and its next lock.
  const bool is_own =
      message.by == index_of(cpu) && message.has_self && !locks && rules_.has(Rule::kSelf);
  std::copy_n(is_own ? self(from) : carried(from), message.width, told);
  std::fill_n(told + message.width, width_ - message.width, 0);
  if (!is_own) join_epoch(told, message.fence_epoch);
  Position& coherence = of(cpu, kCoherence)[index(access.at)];
  coherence = std::max(coherence, message.at);
  if (access.order != Order::kNoReturn) join(of(cpu, kReads), told);
  join(of(cpu, kWriteFloor), told);
  EpochId& epoch = cpus_[index_of(cpu)].fence_epoch;
  epoch = std::max(epoch, message.fence_epoch);
  if (acquires) {
    join(of(cpu, kReadFloor), told);
    if (orders_address(access) && rules_.has(Rule::kAcquireThroughDependency)) {
      join(of(cpu, kReadFloor), dependency(access.address));
    }
  }
  if (clocks_.is_on()) {
    clocks_.read(cpu, static_cast<std::uint32_t>(index(access.at)), from, acquires, access.is_plain,
                 orders_address(access) && rules_.has(Rule::kAcquireThroughDependency));
  }
  if (access.result == kNoDependency) return;
  if (access.address != kNoDependency) join(told, dependency(access.address));
  if (access.adds_to_result) {
    join(dependency(access.result), told);
  } else {
    copy(dependency(access.result), told);
  }
}

Value ViewMachine::load(CpuId cpu, const Access& access, Candidate choice) {
  const Value value = message(access.at, choice.index).value;
  if (clocks_.is_on()) {
    check_read_race(cpu, access,
                    std::max(of(cpu, kReadFloor)[index(access.at)], address_floor(access)));
  }
  read(cpu, access, choice.index, access.order == Order::kAcquire && rules_.has(Rule::kAcquire));
  return value;
}

Candidates ViewMachine::store_candidates(CpuId cpu, const Access& access) const {
  const Location& location = locations_[index(access.at)];
  const std::uint32_t oldest = lowest(location, write_floor(cpu, access.at));
  const std::uint32_t newest = location.count - 1U;
  Candidates candidates;
  candidates.add(newest, true);
  if (!rules_.has(Rule::kStoresLandAnywhere)) return candidates;
  for (std::uint32_t i = newest; i-- > oldest;) {
    const Message& below = messages_[slot(location, i)];
    if (below.is_closed && rules_.has(Rule::kClosedToStores)) continue;
    if (messages_[slot(location, i + 1)].at - below.at < 2) continue;
    candidates.add(i, true);
  }
  return candidates;
}

// What address and operands depend on, before a result takes the place of one of them.
Position* ViewMachine::depends_on(const Access& access) {
  Position* const into = scratch(2);
  std::fill_n(into, width_, 0);
  for (const DependencyId id : {access.address, access.operands}) {
    if (id != kNoDependency) join(into, dependency(id));
  }
  return into;
}

// The slot of a message to come; a full history drops its oldest.
std::uint32_t ViewMachine::unused_slot(Location& location, std::uint32_t& place) {
  if (location.count < location.capacity) {
    // Slots are used up in turn before the first is dropped.
    location.order[location.count] = location.count;
    return std::uint32_t{location.first_slot} + location.count;
  }
  lost_choices_ = true;
  location.is_uneven = true;  // Its positions would grow for ever.
  const std::uint8_t dropped = location.order[0];
  std::copy(location.order.begin() + 1, location.order.begin() + location.count,
            location.order.begin());
  location.order[--location.count] = dropped;
  --place;
  return std::uint32_t{location.first_slot} + dropped;
}

std::uint32_t ViewMachine::put(CpuId cpu, LocationId at, const Placed& placed) {
  Location& location = locations_[index(at)];
  std::uint32_t place = placed.below + 1;
  const Position under = messages_[slot(location, placed.below)].at;
  const bool appends = place == location.count;
  REVENANT_CHECK(!appends || under < INT32_MAX - 2 * kGap);
  const Position over = appends ? under + 2 * kGap : messages_[slot(location, place)].at;
  const std::uint32_t fresh = unused_slot(location, place);
  const std::uint8_t own_slot = location.order[location.count];
  std::copy_backward(location.order.begin() + place, location.order.begin() + location.count,
                     location.order.begin() + location.count + 1);
  location.order[place] = own_slot;
  ++location.count;
  if (!appends) location.is_uneven = true;
  messages_[fresh] = {.value = placed.value,
                      .at = under + (over - under) / 2,
                      .fence_epoch = rules_.has(Rule::kFenceIsRemembered)
                                         ? cpus_[index_of(cpu)].fence_epoch
                                         : EpochId{0},
                      .width = static_cast<std::uint16_t>(width_),
                      .tag = placed.tag,
                      .by = static_cast<std::uint8_t>(index_of(cpu)),
                      .has_self = placed.self != nullptr,
                      .is_plain = placed.is_plain};
  copy(carried(fresh), placed.carried);
  if (placed.self != nullptr) copy(self(fresh), placed.self);
  of(cpu, kCoherence)[index(at)] = messages_[fresh].at;
  if (rules_.has(Rule::kOwnTakesCarried)) join(of(cpu, kOwn), carried(fresh));
  of(cpu, kOwn)[index(at)] = messages_[fresh].at;
  return fresh;
}

void ViewMachine::store(CpuId cpu, const Access& access, Value value, Candidate choice) {
  const bool releases = access.order == Order::kRelease;
  if (clocks_.is_on()) {
    check_write_race(cpu, access,
                     access.is_plain
                         ? std::max(of(cpu, kReadFloor)[index(access.at)], address_floor(access))
                         : write_floor(cpu, access.at));
  }
  Position* const told = scratch(1);
  if (!releases) {
    copy(told, of(cpu, kCarried));
  } else if (rules_.has(Rule::kReleaseIsCumulative)) {
    all_known(cpu, told);
  } else {
    copy(told, of(cpu, kOwn));
  }
  const std::uint32_t fresh = put(cpu, access.at,
                                  {.value = value,
                                   .below = choice.index,
                                   .carried = told,
                                   .self = sizes_.tracks_self ? depends_on(access) : nullptr,
                                   .tag = access.tag,
                                   .is_plain = access.is_plain});
  if (clocks_.is_on()) clocks_.write(cpu, fresh, releases, access.is_plain);
}

Candidates ViewMachine::update_candidates(CpuId cpu, const Access& access,
                                          const Update& update) const {
  const Location& location = locations_[index(access.at)];
  const Position failing = read_floor(cpu, access);
  Position storing = std::max(failing, write_floor(cpu, access.at));
  if (access.order == Order::kFull && rules_.has(Rule::kFenceBeforeUpdate)) {
    storing = std::max(storing, floor_after_fence(cpu, access.at));
  }
  const std::uint32_t oldest = access.newest_only ? location.count - 1U : lowest(location, failing);
  Candidates candidates;
  for (std::uint32_t i = location.count; i-- > oldest;) {
    const Message& from = messages_[slot(location, i)];
    if (!update(from.value)) {
      candidates.add(i, false);
      continue;
    }
    const bool is_newest = i + 1U == location.count;
    if (is_newest) {
      candidates.add(i, true);
      continue;
    }
    const bool has_gap = messages_[slot(location, i + 1)].at - from.at >= 2;
    const bool is_open = !from.is_closed || !rules_.has(Rule::kClosedToUpdates);
    if (rules_.has(Rule::kStoresLandAnywhere) && from.at >= storing && is_open && has_gap) {
      candidates.add(i, true);
    }
  }
  return candidates;
}

Value ViewMachine::update(CpuId cpu, const Access& access, const Update& update, Candidate choice) {
  const Value old = message(access.at, choice.index).value;
  if (!choice.stores) {
    const bool keeps_operands = access.result != kNoDependency && access.operands != kNoDependency;
    const Position* const kept = keeps_operands ? depends_on(access) : nullptr;
    Access failed = access;
    failed.order = Order::kRelaxed;
    read(cpu, failed, choice.index, false);
    if (keeps_operands) join(dependency(access.result), kept);
    return old;
  }
  const bool is_full = access.order == Order::kFull;
  if (is_full && rules_.has(Rule::kFenceBeforeUpdate)) fence(cpu);
  if (clocks_.is_on()) {
    const std::size_t x = index(access.at);
    check_read_race(
        cpu, access,
        std::max({of(cpu, kReadFloor)[x], of(cpu, kWriteFloor)[x], address_floor(access)}));
    check_write_race(cpu, access, message(access.at, choice.index).at);
  }
  Position* const self = sizes_.tracks_self ? depends_on(access) : nullptr;
  read(cpu, access, choice.index,
       access.order == Order::kAcquire && rules_.has(Rule::kUpdateAcquire));
  if (self != nullptr) join(self, scratch(0));  // What read() found.
  put_update(cpu, access, *update(old), choice.index, self);
  if (is_full && rules_.has(Rule::kFenceAfterUpdate)) fence(cpu);
  return old;
}

void ViewMachine::put_update(CpuId cpu, const Access& access, Value fresh, std::uint32_t number,
                             const Position* self) {
  const std::uint32_t from = slot(locations_[index(access.at)], number);
  const bool releases = access.order == Order::kRelease && rules_.has(Rule::kUpdateRelease);
  Position* const told = scratch(1);
  if (releases) {
    all_known(cpu, told);
  } else {
    copy(told, of(cpu, kCarried));
  }
  if (rules_.has(Rule::kReleaseSequence)) join(told, carried(from), messages_[from].width);
  messages_[from].is_closed = true;
  const Clock predecessor = clocks_.is_on() ? clocks_.of_message(from) : Clock{};
  const std::uint32_t placed =
      put(cpu, access.at,
          {.value = fresh, .below = number, .carried = told, .self = self, .tag = access.tag});
  if (!clocks_.is_on()) return;
  clocks_.write(cpu, placed, releases, false);
  clocks_.carry_on(placed, predecessor);
}

// Rule 21.
void ViewMachine::free_object(CpuId cpu, LocationId state) {
  const Access access{.at = state, .order = Order::kRelease};
  store(cpu, access, newest(state).value + 1, store_candidates(cpu, access).at[0]);
}

void ViewMachine::allocate_object(CpuId cpu, LocationId state) {
  const Access access{.at = state, .order = Order::kAcquire, .newest_only = true};
  const Update update{.function = &updates::add, .first = 1};
  this->update(cpu, access, update, update_candidates(cpu, access, update).at[0]);
}

}  // namespace revenant::memory
