// Rule C5: who something is, is decided after the pin. Raises recycled-object or use-after-free
// when the protocol returns another life than the page names. Rule C13, holders: who was told that
// it is pinned relies on it, so that a free is free-while-locked.
#include <algorithm>

#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

using kernel::slab;

}  // namespace

void begin_run_of_identity() { std::ranges::fill(named_by_page, Name{}); }

void page_will_name(const page* page, const anon_vma* anon_vma) {
  const kernel::Exclusive exclusive;
  name_in(page).next = slab().incarnation_of(anon_vma);
}

void page_names(const page* page) {
  const kernel::Exclusive exclusive;
  Name& name = name_in(page);
  name = {.now = name.next};
}

void pinned(const page* page, const anon_vma* anon_vma, Site site) {
  const kernel::Exclusive exclusive;
  const Name& name = name_in(page);
  const bool is_next = name.next != 0 && slab().incarnation_of(anon_vma) == name.next;
  slab().judge_identity(anon_vma, is_next ? name.next : name.now, site);
  slab().hold(anon_vma);
}

void released(const anon_vma* anon_vma) { slab().unhold(anon_vma); }

}  // namespace revenant::anon_vma_subject::oracle
