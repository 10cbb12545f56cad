// Rule C14, whenever a process lets go of its mmap_lock. Raises bug-on.
//   A vma is linked to its own anon_vma, and to the root of each that it is linked to, whose lock
//   guards them.
//   The vmas that use one anon_vma as their own are of one process, and have the same chain: a
//   merge takes that for granted and keeps one chain of the two. After 2555283eb40d
//   (CVE-2022-42703).
#include <algorithm>

#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

using kernel::slab;

void raise(Site site, const char* what, const anon_vma* anon_vma) {
  kernel::running().raise(FindingKind::kBugOn, site, what + slab().object_and_history(anon_vma),
                          reinterpret_cast<std::uintptr_t>(anon_vma));
}

// Whether each anon_vma of `vma` is one of `other`.
bool is_linked_like(const vm_area_struct& vma, const vm_area_struct& other) {
  for (const anon_vma_chain* avc = vma.chain; avc != nullptr; avc = avc->same_vma) {
    if (!is_linked(other, avc->anon_vma)) return false;
  }
  return true;
}

void check_links(const vm_area_struct& vma, Site site) {
  if (!is_linked(vma, vma.anon_vma)) raise(site, "a vma is not linked to its own ", vma.anon_vma);
  for (const anon_vma_chain* avc = vma.chain; avc != nullptr; avc = avc->same_vma) {
    if (is_linked(vma, avc->anon_vma->root)) continue;
    raise(site, "a vma is not linked to the root of ", avc->anon_vma);
  }
}

void check_users(const mm_struct* mm, const vm_area_struct& vma, Site site) {
  for (const mm_struct& other_mm : world.mms) {
    for (const vm_area_struct& other : other_mm.vmas) {
      if (other.anon_vma != vma.anon_vma) continue;
      if (&other_mm != mm) raise(site, "two processes use as their own ", vma.anon_vma);
      if (!is_linked_like(vma, other)) {
        raise(site, "two vmas have different chains, but share ", vma.anon_vma);
      }
    }
  }
}

// The shape of each tree that the vma is in: a feature of the run, since odd ones take many ops.
void note_trees(const vm_area_struct& vma) {
  constexpr unsigned long kMany = 3;
  std::uint64_t length = 0;
  for (const anon_vma_chain* avc = vma.chain; avc != nullptr; avc = avc->same_vma) {
    const anon_vma& node = *avc->anon_vma;
    const std::uint64_t shape =
        std::min(node.num_children, kMany) << 2 | std::min(node.num_active_vmas, kMany);
    const std::uint64_t is_own = avc->anon_vma == vma.anon_vma ? 1 : 0;
    kernel::running().feature(sim::Feature::kShape, length++ << 8 | shape << 1 | is_own);
  }
}

}  // namespace

void mm_settled(const mm_struct* mm, Site site) {
  for (const vm_area_struct& vma : mm->vmas) {
    if (vma.anon_vma == nullptr) continue;
    check_links(vma, site);
    check_users(mm, vma, site);
    note_trees(vma);
  }
}

}  // namespace revenant::anon_vma_subject::oracle
