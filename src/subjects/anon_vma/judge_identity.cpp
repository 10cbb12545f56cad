// Rule C5: who something is, is decided after the pin. Raises recycled-object or use-after-free
// when the protocol returns another life than the page names. Rule C13, holders: who was told that
// it is pinned relies on it, so that a free is free-while-locked.
#include <array>

#include "kernel/slab_state.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

using kernel::slab;

std::array<kernel::Incarnation, kPages> named_by_page;

kernel::Incarnation& named_by(const page* page) {
  return named_by_page.at(static_cast<std::size_t>(page - world.pages));
}

}  // namespace

void begin_run_of_identity() { named_by_page.fill(0); }

void page_names(const page* page, const anon_vma* anon_vma) {
  named_by(page) = slab().incarnation_of(anon_vma);
}

bool is_as_named(const page* page, const anon_vma* anon_vma) {
  return slab().incarnation_of(anon_vma) == named_by(page);
}

void pinned(const page* page, const anon_vma* anon_vma, Site site) {
  slab().judge_identity(anon_vma, named_by(page), site);
  slab().hold(anon_vma);
}

void released(const anon_vma* anon_vma) { slab().unhold(anon_vma); }

}  // namespace revenant::anon_vma_subject::oracle
