// Rule C14, after every step: an exclusive page is mapped once; a mapped page names a live
// anon_vma, to which every vma that maps the page is linked. Raises use-after-free, or bug-on.
// After the debug assertion of a222439e1e27.
#include <string>

#include "kernel/engine.h"
#include "kernel/slab_state.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

using kernel::slab;

void check_links(int page, const anon_vma* named, Site site) {
  for (const mm_struct& mm : world.mms) {
    const unsigned long pte = mm.ptes[page];
    if (pte == 0 || is_linked(mm.vmas[pte - 1], named)) continue;
    kernel::running().raise(FindingKind::kBugOn, site,
                            "page" + std::to_string(page) +
                                " is mapped in a vma that is not linked to " +
                                slab().object_and_history(named),
                            reinterpret_cast<std::uintptr_t>(named));
  }
}

}  // namespace

void check_mapped_pages() {
  const Site site = Site::current();
  for (int number = 0; number < kPages; ++number) {
    const page& page = world.pages[number];
    if (page.mapcount.counter <= 0) continue;
    if (page.anon_exclusive && page.mapcount.counter > 1) {
      kernel::running().raise(FindingKind::kBugOn, site,
                              "page" + std::to_string(number) + " is exclusive and mapped " +
                                  std::to_string(page.mapcount.counter) + " times",
                              reinterpret_cast<std::uintptr_t>(&page));
    }
    const anon_vma* const named = named_by(page);
    if (named == nullptr) continue;
    if (!is_as_named(&page, named)) {
      kernel::running().raise(FindingKind::kUseAfterFree, site,
                              "page" + std::to_string(number) + " is mapped and names dead " +
                                  slab().object_and_history(named),
                              reinterpret_cast<std::uintptr_t>(named));
    }
    check_links(number, named, site);
  }
}

}  // namespace revenant::anon_vma_subject::oracle
