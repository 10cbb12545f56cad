// Rules 10 to 12 and 14.
#include <algorithm>

#include "memory/view_machine.h"

namespace revenant::memory {

Candidates ViewMachine::lock_candidates(CpuId /*cpu*/, const Access& access) const {
  Candidates candidates;
  const Location& location = locations_[index(access.at)];
  if (newest(access.at).value == 0 || !rules_.has(Rule::kLockExcludes)) {
    candidates.add(location.count - 1U, true);
  }
  return candidates;
}

Candidates ViewMachine::trylock_candidates(CpuId cpu, const Access& access) const {
  const Location& location = locations_[index(access.at)];
  const std::uint32_t oldest = lowest(location, read_floor(cpu, access));
  Candidates candidates;
  for (std::uint32_t i = location.count; i-- > oldest;) {
    const bool is_taken = messages_[slot(location, i)].value != 0;
    const bool is_newest = i + 1U == location.count;
    if (is_taken || is_newest) candidates.add(i, !is_taken);
  }
  return candidates;
}

void ViewMachine::carry_hand_off(CpuId cpu, LocationId at, std::uint32_t from) {
  Position* const rel = of(cpu, kCarried);
  const Message& message = messages_[from];
  if (message.by != kNobody) {
    if (message.has_self && rules_.has(Rule::kHandOff)) join(rel, self(from), message.width);
    rel[index(at)] = std::max(rel[index(at)], message.at);
  }
  if (!cpus_[index_of(cpu)].has_unlocked) return;
  if (rules_.has(Rule::kOwnUnlockOrdersStores)) join(rel, of(cpu, kOwnAtUnlock));
  if (rules_.has(Rule::kOwnUnlockOrdersLoads)) join(of(cpu, kReadFloor), of(cpu, kReadsAtUnlock));
}

void ViewMachine::take(CpuId cpu, const Access& access, LockKind kind) {
  const std::uint32_t number = locations_[index(access.at)].count - 1U;
  const std::uint32_t from = slot(locations_[index(access.at)], number);
  read(cpu, access, number, rules_.has(Rule::kLockAcquires), true);
  if (kind == LockKind::kSpin) carry_hand_off(cpu, access.at, from);
  Position* const told = scratch(1);
  copy(told, of(cpu, kCarried));
  join(told, carried(from), messages_[from].width);
  messages_[from].is_closed = true;
  const Clock predecessor = clocks_.is_on() ? clocks_.of_message(from) : Clock{};
  const std::uint32_t fresh =
      put(cpu, access.at, {.value = 1, .below = number, .carried = told, .tag = access.tag});
  if (!clocks_.is_on()) return;
  clocks_.write(cpu, fresh, false, false);
  clocks_.carry_on(fresh, predecessor);
}

void ViewMachine::lock(CpuId cpu, const Access& access, LockKind kind) { take(cpu, access, kind); }

bool ViewMachine::trylock(CpuId cpu, const Access& access, Candidate choice, LockKind kind) {
  if (choice.stores) {
    take(cpu, access, kind);
    return true;
  }
  read(cpu, access, choice.index, false);
  return false;
}

bool ViewMachine::holds(CpuId cpu, LocationId at) const {
  return newest(at).value != 0 && newest(at).by == index_of(cpu);
}

void ViewMachine::unlock(CpuId cpu, const Access& access, LockKind kind) {
  Position* const told = scratch(1);
  if (rules_.has(Rule::kUnlockReleases)) {
    all_known(cpu, told);
  } else {
    copy(told, of(cpu, kCarried));
  }
  const Position* own = nullptr;
  if (kind == LockKind::kSpin) {
    copy(of(cpu, kOwnAtUnlock), of(cpu, kOwn));
    copy(of(cpu, kReadsAtUnlock), of(cpu, kReads));
    cpus_[index_of(cpu)].has_unlocked = true;
    own = of(cpu, kOwnAtUnlock);
  }
  const std::uint32_t fresh = put(cpu, access.at,
                                  {.value = 0,
                                   .below = locations_[index(access.at)].count - 1U,
                                   .carried = told,
                                   .self = own,
                                   .tag = access.tag});
  if (clocks_.is_on()) clocks_.write(cpu, fresh, true, false);
}

}  // namespace revenant::memory
