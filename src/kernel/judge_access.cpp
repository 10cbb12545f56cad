// Judges C2, of a dead object only what the constructor set up may be used: use-after-free; C3 and
// C4, only inside a section that saw it alive: access-outside-rcu, use-after-grace-period. The
// table is in slab_state.h.
#include "kernel/engine.h"
#include "kernel/slab_state.h"

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

void SlabState::check_access(Access access, std::uintptr_t address, std::size_t size_bytes,
                             Site site) {
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
  const Object& object = object_at(address);
  const CpuId cpu = machine.cpu();
  if (!machine.in_section(cpu) || !object.ever_freed ||
      machine.section_start(cpu) > object.freed.step) {
    raise(FindingKind::kAccessOutsideRcu, "no section of this CPU saw alive the freed", address,
          site);
  }
}

}  // namespace revenant::kernel
