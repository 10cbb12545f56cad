// Rules 15 to 19. A reader either starts after a grace period's first step, and then knows what
// came before it, or ends before its second, and then all that it saw or wrote is known after that.
#include <algorithm>

#include "base/check.h"
#include "memory/view_machine.h"

namespace revenant::memory {

void ViewMachine::read_lock(CpuId cpu, DomainId domain) {
  Cpu& reader = cpus_[index_of(cpu)];
  if (reader.nesting[static_cast<std::size_t>(domain)]++ > 0) return;
  if (clocks_.is_on()) clocks_.enter(cpu);
  if (!rules_.has(Rule::kReaderSeesGracePeriodStart)) return;
  const EpochId start = grace_period_epoch_[static_cast<std::size_t>(domain)];
  for (const CpuView which : {kReadFloor, kReads, kWriteFloor}) join_epoch(of(cpu, which), start);
  reader.fence_epoch = std::max(reader.fence_epoch, start);
}

void ViewMachine::read_unlock(CpuId cpu, DomainId domain) {
  REVENANT_CHECK(in_section(cpu, domain));
  if (clocks_.is_on()) clocks_.leave(cpu);
  const bool is_outermost = --cpus_[index_of(cpu)].nesting[static_cast<std::size_t>(domain)] == 0;
  if (!is_outermost && rules_.has(Rule::kOnlyOutermostUnlockEnds)) return;
  bool is_awaited = false;
  for (Cpu& other : cpus_) {
    if (other.waits_in != domain || (other.waits_for & mask_of(cpu)) == 0) continue;
    other.waits_for &= ~mask_of(cpu);
    is_awaited = true;
  }
  if (!is_awaited && !rules_.has(Rule::kEveryReaderIsSeen)) return;
  all_known(cpu, scratch(0));
  join(readers_ended(domain), scratch(0));
}

CpuMask ViewMachine::readers(DomainId domain) const {
  CpuMask inside = 0;
  for (std::uint32_t i = 0; i < sizes_.cpus; ++i) {
    const CpuId cpu{static_cast<std::uint8_t>(i)};
    if (in_section(cpu, domain)) inside |= mask_of(cpu);
  }
  return inside;
}

void ViewMachine::begin_grace_period(CpuId cpu, DomainId domain) {
  if (rules_.has(Rule::kGracePeriodBeginsWithFence)) fence(cpu);
  if (clocks_.is_on()) clocks_.grace_period_begins();
  grace_period_epoch_[static_cast<std::size_t>(domain)] = strong_epoch();
  cpus_[index_of(cpu)].waits_in = domain;
  cpus_[index_of(cpu)].waits_for = rules_.has(Rule::kGracePeriodWaits) ? readers(domain) : 0;
}

void ViewMachine::end_grace_period(CpuId cpu, DomainId domain) {
  if (rules_.has(Rule::kGracePeriodSeesReaders)) raise_strong(readers_ended(domain));
  if (clocks_.is_on()) clocks_.grace_period_sees_readers();
  if (rules_.has(Rule::kGracePeriodEndsWithFence)) fence(cpu);
}

void ViewMachine::take_snapshot(CpuId cpu, Snapshot& snapshot) {
  REVENANT_CHECK(snapshot.view.size() == stride_);
  all_known(cpu, snapshot.view.data());
  std::fill(snapshot.view.begin() + static_cast<std::ptrdiff_t>(width_), snapshot.view.end(), 0);
  if (clocks_.is_on()) snapshot.clock = clocks_.release(cpu);
}

void ViewMachine::begin_callback_grace_period(const Snapshot& snapshot, DomainId domain) {
  // A CPU that knows the snapshot and nothing else runs a fence.
  if (rules_.has(Rule::kCallbackStartsWithSnapshot)) raise_strong(snapshot.view.data());
  if (clocks_.is_on()) {
    clocks_.callback_begins(snapshot.clock);
    clocks_.grace_period_begins();
  }
  grace_period_epoch_[static_cast<std::size_t>(domain)] = strong_epoch();
}

}  // namespace revenant::memory
