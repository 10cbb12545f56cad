// Judges C2, of a dead object only what the constructor set up may be used: use-after-free; C3 and
// C4, only inside a section that saw it alive: access-outside-rcu, use-after-grace-period. The
// table is in slab_state.h.
#include <array>
#include <charconv>
#include <string>

#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "kernel/weak_memory.h"

namespace revenant::kernel {
namespace {

// Whether each byte of the access is one that a stale reader may use like that.
bool is_stable(const kmem_cache& cache, Access access, std::size_t offset, std::size_t size_bytes) {
  if (!cache.is_type_stable() || access == Access::kWrite) return false;
  for (std::size_t i = offset; i < offset + size_bytes; ++i) {
    std::uint64_t allowed = cache.owned[i / kWordBytes];
    if (access == Access::kRead) allowed |= cache.readable[i / kWordBytes];
    if ((allowed >> (8 * (i % kWordBytes)) & 0xff) == 0) return false;
  }
  return true;
}

}  // namespace

void SlabState::raise_no_address(std::uintptr_t address, Site site) {
  std::array<char, 2 * sizeof address + 1> digits{};
  std::to_chars(digits.begin(), digits.end(), address, 16);
  running().raise(FindingKind::kUseAfterFree, site,
                  "access to 0x" + std::string(digits.data()) +
                      ", which is no address: poison, or a pointer that was not set");
}

void SlabState::check_access(Access access, std::uintptr_t address, std::size_t size_bytes,
                             Site site) {
  const Exclusive exclusive;
  const Slot slot = slot_of(address);
  if (slot.page >= page_count_) raise(FindingKind::kUseAfterFree, "wild access to", address, site);
  const Page& page = pages_[slot.page];
  const Engine machine = running();
  if (page.state == PageState::kReturned) {
    raise(FindingKind::kUseAfterGracePeriod, "access to returned", address, site);
  }
  if (address + size_bytes > address_of(slot) + page.cache->size_bytes) {
    machine.raise(FindingKind::kUseAfterFree, site,
                  "access beyond " + object_and_history(reinterpret_cast<void*>(address)), address);
  }
  const Object& object = page.objects[slot.index];
  if (object.state == ObjectState::kFree) return check_stale(access, address, size_bytes, site);
  if (object.life > 1) {
    machine.feature(sim::Feature::kRecycledAccess, sim::key_of(0, site));
  }
}

// Whether who is in a section since that step may know the free object from before its free. With
// weak memory an older pointer to it can be read until the page's grace period begins.
bool SlabState::may_know(Slot slot, std::uint32_t section_start) const {
  const Page& page = pages_[slot.page];
  const Object& object = page.objects[slot.index];
  if (!object.ever_freed) return false;
  if (weak_memory() == nullptr) return section_start <= object.freed.step;
  return page.state == PageState::kInUse || section_start <= page.returning_since;
}

// An access to a free object.
void SlabState::check_stale(Access access, std::uintptr_t address, std::size_t size_bytes,
                            Site site) {
  const Engine machine = running();
  machine.feature(sim::Feature::kRecycledAccess, sim::key_of(1, site));
  const Slot slot = slot_of(address);
  if (!is_stable(*pages_[slot.page].cache, access, address - address_of(slot), size_bytes)) {
    raise(FindingKind::kUseAfterFree,
          access == Access::kWrite ? "write to freed" : "access to freed", address, site);
  }
  const CpuId cpu = machine.cpu();
  if (!machine.in_section(cpu) || !may_know(slot, machine.section_start(cpu))) {
    raise(FindingKind::kAccessOutsideRcu, "no section of this CPU saw alive the freed", address,
          site);
  }
}

}  // namespace revenant::kernel
