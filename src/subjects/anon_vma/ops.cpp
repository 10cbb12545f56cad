#include "subjects/anon_vma/ops.h"

#include "kernel/bug.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject {
namespace {

constexpr Argument kMm[] = {{.name = "mm", .count = kMms}};
constexpr Argument kMmPage[] = {{.name = "mm", .count = kMms}, {.name = "page", .count = kPages}};
constexpr Argument kMmVma[] = {{.name = "mm", .count = kMms}, {.name = "vma", .count = kVmasPerMm}};
constexpr Argument kMmMm[] = {{.name = "mm", .count = kMms}, {.name = "mm", .count = kMms}};
constexpr Argument kPage[] = {{.name = "page", .count = kPages}};

mm_struct* mm_at(const Arguments& arguments) { return &world.mms[arguments[0]]; }

// rmap_walk: looks at every vma that may map the page. Requires the anon_vma's lock. The head of
// the chain is an access of its own: there a walker of a recycled anon_vma meets who links its
// first vma.
void rmap_walk(const anon_vma* anon_vma, int page) {
  oracle::walk_begins(anon_vma);
  for (const anon_vma_chain* avc = kernel::READ_ONCE(anon_vma->chain); avc != nullptr;
       avc = avc->same_anon_vma) {
    BUG_ON(avc->anon_vma != anon_vma);
    kernel::READ_ONCE(avc->vma->vm_mm->ptes[page]);
  }
  oracle::walk_ends();
}

// A walker keeps its page from being freed, and today holds the folio lock.
template <class Walk>
void with_page(const Arguments& arguments, bool locks_folio, Walk walk) {
  page* const page = &world.pages[arguments[0]];
  if (!get_page_unless_zero(page)) return;
  if (locks_folio) kernel::mutex_lock(&page->lock);
  walk(page);
  if (locks_folio) kernel::mutex_unlock(&page->lock);
  put_page(page);
}

// page_referenced, try_to_unmap: pinned by the lock alone.
void lock(const Arguments& arguments) {
  with_page(arguments, world.rules.takes_folio_lock, [&](page* page) {
    anon_vma* const locked = page_lock_anon_vma(page);
    if (locked == nullptr) return;
    // Who copes with another anon_vma relies on no more than that the chain stands still.
    if (!world.rules.callers_cope) oracle::pinned(page, locked);
    rmap_walk(locked, arguments[0]);
    if (!world.rules.callers_cope) oracle::released(locked);
    page_unlock_anon_vma(locked);
  });
}

// The same with the lock taken for each vma anew. The reference keeps the anon_vma in between, and
// nothing keeps the link that the walk stands on.
void rmap_walk_by_vma(anon_vma* pinned, anon_vma* owner, int page) {
  const anon_vma_chain* avc = kernel::READ_ONCE(pinned->chain);
  while (avc != nullptr) {
    anon_vma_lock_read(owner);
    BUG_ON(avc->anon_vma != pinned);
    const anon_vma_chain* const next = avc->same_anon_vma;
    kernel::READ_ONCE(avc->vma->vm_mm->ptes[page]);
    anon_vma_unlock_read(owner);
    avc = next;
  }
}

// Migration, KSM: a reference, work outside of RCU, then the lock. Under the folio lock, since a
// mapping that changed is not looked for.
void get(const Arguments& arguments) {
  with_page(arguments, world.rules.get_takes_folio_lock, [&](page* page) {
    anon_vma* const pinned = page_get_anon_vma(page);
    if (pinned == nullptr) return;
    oracle::pinned(page, pinned);
    anon_vma* const owner = anon_vma_lock_owner(pinned);
    if (world.rules.locks_whole_walk) {
      anon_vma_lock_read(owner);
      rmap_walk(pinned, arguments[0]);
      anon_vma_unlock_read(owner);
    } else {
      rmap_walk_by_vma(pinned, owner, arguments[0]);
    }
    oracle::released(pinned);
    put_anon_vma(pinned);
  });
}

}  // namespace

constexpr OpSpec kOps[kOpCount] = {
    {.name = "fault",
     .summary = "fault a free page in; a vma's first page gives it an anon_vma",
     .arguments = kMmPage,
     .perform = [](const Arguments& a) { fault(mm_at(a), a[1]); }},
    {.name = "munmap",
     .summary = "unmap a vma's pages and unlink it from its anon_vmas",
     .arguments = kMmVma,
     .perform = [](const Arguments& a) { munmap(mm_at(a), a[1]); }},
    {.name = "exit",
     .summary = "unmap both vmas; the process can be forked into again",
     .arguments = kMm,
     .perform = [](const Arguments& a) { exit_mm(mm_at(a)); }},
    {.name = "fork",
     .summary = "copy the first process to the second, which exits first if it is in use",
     .arguments = kMmMm,
     .perform = [](const Arguments& a) { fork_mm(mm_at(a), &world.mms[a[1]]); }},
    {.name = "merge",
     .summary = "mremap: vma 0 becomes part of vma 1, if that is unfaulted or of the same anon_vma",
     .arguments = kMm,
     .perform = [](const Arguments& a) { mremap_merge(mm_at(a)); }},
    {.name = "split",
     .summary = "mprotect: the page's part of its vma becomes the other vma, if that is unfaulted",
     .arguments = kMmPage,
     .perform = [](const Arguments& a) { split_vma(mm_at(a), a[1]); }},
    {.name = "move",
     .summary = "UFFDIO_MOVE: an exclusive page moves to the other vma, and so to another root",
     .arguments = kMmPage,
     .perform = [](const Arguments& a) { uffdio_move(mm_at(a), a[1]); }},
    {.name = "lock",
     .summary = "page_lock_anon_vma, rmap_walk, page_unlock_anon_vma",
     .arguments = kPage,
     .perform = &lock},
    {.name = "get",
     .summary = "page_get_anon_vma, sleep on the lock, rmap_walk, put_anon_vma",
     .arguments = kPage,
     .perform = &get},
};

}  // namespace revenant::anon_vma_subject
