// Rule C5: who something is, is decided after the pin. Raises recycled-object or use-after-free
// when the protocol returns another life than the page names. Rule C13, holders: who was told that
// it is pinned relies on it, so that a free is free-while-locked.
#include <array>

#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

using kernel::slab;

struct Name {
  kernel::Incarnation now = 0;
  kernel::Incarnation next = 0;  // 0 where nobody is about to change it.
};
std::array<Name, kPages> named_by_page;

Name& name_in(const page* page) {
  return named_by_page.at(static_cast<std::size_t>(page - world.pages));
}

}  // namespace

void begin_run_of_identity() { named_by_page.fill({}); }

void page_will_name(const page* page, const anon_vma* anon_vma) {
  const kernel::Exclusive exclusive;
  name_in(page).next = slab().incarnation_of(anon_vma);
}

void page_names(const page* page) {
  const kernel::Exclusive exclusive;
  Name& name = name_in(page);
  name = {.now = name.next};
}

bool is_as_named(const page* page, const anon_vma* anon_vma) {
  return slab().incarnation_of(anon_vma) == name_in(page).now;
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
