// Which accesses race, by the views and the clocks.
#include "memory/view_machine.h"

namespace revenant::memory {

// Whether a message above the floor is another CPU's, and one of the two accesses is plain.
bool ViewMachine::has_unknown_store(CpuId cpu, const Access& access, Position floor) const {
  const Location& location = locations_[index(access.at)];
  for (std::uint32_t i = location.count; i-- > 0;) {
    const Message& message = messages_[slot(location, i)];
    if (message.at <= floor) return false;
    const bool is_others = message.by != kNobody && message.by != index_of(cpu);
    if (is_others && (access.is_plain || message.is_plain)) return true;
  }
  return false;
}

void ViewMachine::check_read_race(CpuId cpu, const Access& access, Position floor) {
  if (race_ || !has_unknown_store(cpu, access, floor)) return;
  race_ = Race{cpu, access.at};
}

void ViewMachine::check_write_race(CpuId cpu, const Access& access, Position floor) {
  if (race_) return;
  const bool through_dependency = access.address != kNoDependency;
  if (has_unknown_store(cpu, access, floor) ||
      clocks_.has_unknown_read(cpu, static_cast<std::uint32_t>(index(access.at)), access.is_plain,
                               through_dependency)) {
    race_ = Race{cpu, access.at};
  }
}

}  // namespace revenant::memory
