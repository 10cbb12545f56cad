// Rule C10: a walk ends where it began, on a chain that stands still. Raises bug-on for who edits a
// chain under a walker; that each link belongs to the chain is a BUG_ON of the walk itself.
#include <algorithm>
#include <array>

#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

std::array<const anon_vma*, sim::kMaxCpus> walked_by_cpu;

const anon_vma*& walked_by_me() { return walked_by_cpu.at(index_of(kernel::running().cpu())); }

}  // namespace

void begin_run_of_walks() { walked_by_cpu.fill(nullptr); }

void walk_begins(const anon_vma* anon_vma) {
  const kernel::Exclusive exclusive;
  walked_by_me() = anon_vma;
}

void walk_ends() {
  const kernel::Exclusive exclusive;
  walked_by_me() = nullptr;
}

void edits_chain(const anon_vma* anon_vma, Site site) {
  const kernel::Exclusive exclusive;
  if (std::ranges::find(walked_by_cpu, anon_vma) == walked_by_cpu.end()) return;
  kernel::running().raise(
      FindingKind::kBugOn, site,
      "edits, under a walker, the chain of " + kernel::slab().object_and_history(anon_vma),
      reinterpret_cast<std::uintptr_t>(anon_vma));
}

}  // namespace revenant::anon_vma_subject::oracle
