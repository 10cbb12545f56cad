#include "subjects/anon_vma/ops.h"

#include "kernel/bug.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject {
namespace {

constexpr Argument kPage[] = {{.name = "page", .count = kPages}};

// rmap_walk: what try_to_unmap and page_referenced do with the lock.
void walk(const anon_vma* anon_vma) {
  const vm_area_struct* const vma = anon_vma->vma;
  BUG_ON(anon_vma->num_active_vmas != (vma == nullptr ? 0U : 1U));
}

void map(const Arguments& arguments) {
  do_anonymous_page(&world.pages[arguments[0]], &world.vmas[arguments[0]]);
}

void unmap(const Arguments& arguments) {
  zap_page(&world.pages[arguments[0]], &world.vmas[arguments[0]]);
}

void lock(const Arguments& arguments) {
  page* const page = &world.pages[arguments[0]];
  if (!get_page_unless_zero(page)) return;
  anon_vma* const locked = page_lock_anon_vma(page);
  if (locked != nullptr) {
    oracle::pinned(page, locked);
    walk(locked);
    oracle::released(locked);
    page_unlock_anon_vma(locked);
  }
  put_page(page);
}

void get(const Arguments& arguments) {
  page* const page = &world.pages[arguments[0]];
  if (!get_page_unless_zero(page)) return;
  anon_vma* const pinned = anon_vma_get(page);
  if (pinned != nullptr) {
    oracle::pinned(page, pinned);
    kernel::mutex_lock(&pinned->lock);
    walk(pinned);
    kernel::mutex_unlock(&pinned->lock);
    oracle::released(pinned);
    anon_vma_put(pinned);
  }
  put_page(page);
}

}  // namespace

constexpr OpSpec kOps[4] = {
    {.name = "map",
     .summary = "fault in a free page: a new anon_vma, named by page->mapping",
     .arguments = kPage,
     .perform = &map},
    {.name = "unmap",
     .summary = "unmap the page, and drop its anon_vma",
     .arguments = kPage,
     .perform = &unmap},
    {.name = "lock",
     .summary = "page_lock_anon_vma, walk, page_unlock_anon_vma",
     .arguments = kPage,
     .perform = &lock},
    {.name = "get",
     .summary = "anon_vma_get, sleep on the lock, walk, anon_vma_put",
     .arguments = kPage,
     .perform = &get},
};

}  // namespace revenant::anon_vma_subject
