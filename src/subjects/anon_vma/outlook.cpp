// How near the data are to what deceives a reader: the page that it reads of mapped, and naming
// what it found once more, under another root than the one whose lock it takes.
#include <algorithm>

#include "subjects/anon_vma/oracle.h"

namespace revenant::anon_vma_subject::oracle {
namespace {

// How far the object is from being named by the page again: 2 where a process that maps the page
// has it in its other vma, where UFFDIO_MOVE takes pages; 1 where it has it in the page's own.
std::uint64_t nearness(std::size_t number, const anon_vma* found) {
  std::uint64_t nearest = 0;
  for (const mm_struct& mm : world.mms) {
    if (mm.ptes[number] == 0) continue;
    const vm_area_struct* const own = &mm.vmas[mm.ptes[number] - 1];
    for (const vm_area_struct& vma : mm.vmas) {
      if (vma.anon_vma == found) nearest = std::max<std::uint64_t>(nearest, &vma == own ? 1 : 2);
    }
  }
  return nearest;
}

}  // namespace

std::uint64_t outlook(const kernel::StaleReader& reader) {
  const auto offset_bytes =
      reinterpret_cast<std::uintptr_t>(reader.word) - reinterpret_cast<std::uintptr_t>(world.pages);
  if (offset_bytes >= sizeof world.pages) return 0;
  const std::size_t number = offset_bytes / sizeof(page);
  const page& page = world.pages[number];
  const auto* const found = static_cast<const anon_vma*>(reader.object);
  const anon_vma* const root = found->root;
  const std::uint64_t root_read = reader.value_read(&found->root);
  // 0 before the reader has read it.
  const std::uint64_t root_view = root_read == 0                                        ? 0
                                  : root_read == reinterpret_cast<std::uintptr_t>(root) ? 1
                                                                                        : 2;
  // The reader has a reference to the page, so nobody maps it again.
  if (page.mapcount.counter <= 0) return 1 << 2 | root_view;
  const anon_vma* const named = named_by(page);
  std::uint64_t view = 2 | (page.anon_exclusive ? 1U : 0U);
  view = view << 2 | (page.anon_exclusive ? nearness(number, found) : 0);
  view = view << 1 | (named == found ? 1U : 0U);
  view = view << 2 | root_view;
  view = view << 1 | (root == found ? 1U : 0U);
  return view << 1 | (named != nullptr && named->root == root ? 1U : 0U);
}

}  // namespace revenant::anon_vma_subject::oracle
