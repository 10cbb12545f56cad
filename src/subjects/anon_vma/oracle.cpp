#include "subjects/anon_vma/oracle.h"

#include <array>

#include "kernel/slab_state.h"

namespace revenant::anon_vma_subject::oracle {

using kernel::slab;

namespace {

std::array<kernel::Incarnation, kPages> named_by_page;

kernel::Incarnation& named_by(const page* page) {
  return named_by_page.at(static_cast<std::size_t>(page - world.pages));
}

}  // namespace

void begin_run() { named_by_page.fill(0); }

void page_names(const page* page, const anon_vma* anon_vma) {
  named_by(page) = slab().incarnation_of(anon_vma);
}

void pinned(const page* page, const anon_vma* anon_vma, Site site) {
  slab().judge_identity(anon_vma, named_by(page), site);
  slab().hold(anon_vma);
}

void released(const anon_vma* anon_vma) { slab().unhold(anon_vma); }

}  // namespace revenant::anon_vma_subject::oracle
