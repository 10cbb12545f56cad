// Rules 6 to 8 and 20.
#include "memory/view_machine.h"

namespace revenant::memory {

void ViewMachine::write_barrier(CpuId cpu) {
  if (rules_.has(Rule::kWriteBarrier)) join(of(cpu, kCarried), of(cpu, kOwn));
}

void ViewMachine::read_barrier(CpuId cpu) {
  if (rules_.has(Rule::kReadBarrier)) join(of(cpu, kReadFloor), of(cpu, kReads));
  if (clocks_.is_on()) clocks_.read_barrier(cpu);
}

void ViewMachine::fence(CpuId cpu) {
  if (clocks_.is_on()) clocks_.fence(cpu);
  Position* const known = scratch(0);
  if (rules_.has(Rule::kFenceTakesReads)) {
    all_known(cpu, known);
  } else {
    copy(known, of(cpu, kOwn));
  }
  const Position* shared = known;
  if (rules_.has(Rule::kFenceIsGlobal)) {
    raise_strong(known);
    shared = strong();
    cpus_[index_of(cpu)].fence_epoch = strong_epoch();
  }
  // The shared view has all that the CPU knows, if no rule is left out that says so.
  const bool has_all = rules_.has(Rule::kFenceTakesReads) && rules_.has(Rule::kFenceIsGlobal);
  for (const CpuView which : {kReadFloor, kReads, kWriteFloor, kCarried}) {
    has_all ? copy(of(cpu, which), shared) : join(of(cpu, which), shared);
  }
}

void ViewMachine::start(CpuId parent, CpuId child) {
  fence(parent);
  for (const CpuView which : {kReadFloor, kReads, kWriteFloor, kCarried}) {
    join(of(child, which), strong());
  }
  cpus_[index_of(child)].fence_epoch = strong_epoch();
  if (clocks_.is_on()) clocks_.fence(child);
}

void ViewMachine::end(CpuId child) {
  all_known(child, scratch(0));
  raise_strong(scratch(0));
  if (clocks_.is_on()) clocks_.fence(child);
}

}  // namespace revenant::memory
