#include "subjects/anon_vma/oracle.h"

#include <algorithm>
#include <array>

#include "kernel/slab_state.h"

namespace revenant::anon_vma_subject::oracle {

using kernel::slab;

namespace {

std::array<kernel::Incarnation, kPages> named_by_page;
std::array<const anon_vma*, sim::kMaxCpus> walked_by_cpu;

kernel::Incarnation& named_by(const page* page) {
  return named_by_page.at(static_cast<std::size_t>(page - world.pages));
}

// The anon_vma that the page names, or nullptr.
const anon_vma* named_object(const page& page) {
  const auto bits = reinterpret_cast<unsigned long>(page.mapping);
  if ((bits & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON) return nullptr;
  return reinterpret_cast<const anon_vma*>(bits - PAGE_MAPPING_ANON);
}

bool is_linked(const vm_area_struct& vma, const anon_vma* anon_vma) {
  for (const anon_vma_chain* avc = vma.chain; avc != nullptr; avc = avc->same_vma) {
    if (avc->anon_vma == anon_vma) return true;
  }
  return false;
}

void check_links(int page, const anon_vma* named, Site site) {
  for (const mm_struct& mm : world.mms) {
    const unsigned long pte = mm.ptes[page];
    if (pte == 0 || is_linked(mm.vmas[pte - 1], named)) continue;
    sim::running().raise(FindingKind::kBugOn, site,
                         "page" + std::to_string(page) +
                             " is mapped in a vma that is not linked to " + slab().name_of(named));
  }
}

}  // namespace

void begin_run() {
  named_by_page.fill(0);
  walked_by_cpu.fill(nullptr);
}

void walk_begins(const anon_vma* anon_vma) {
  walked_by_cpu.at(index_of(sim::running().cpu())) = anon_vma;
}

void walk_ends() { walked_by_cpu.at(index_of(sim::running().cpu())) = nullptr; }

void page_names(const page* page, const anon_vma* anon_vma) {
  named_by(page) = slab().incarnation_of(anon_vma);
}

void pinned(const page* page, const anon_vma* anon_vma, Site site) {
  slab().judge_identity(anon_vma, named_by(page), site);
  slab().hold(anon_vma);
}

void released(const anon_vma* anon_vma) { slab().unhold(anon_vma); }

void edits_chain(const anon_vma* anon_vma, Site site) {
  if (std::ranges::find(walked_by_cpu, anon_vma) == walked_by_cpu.end()) return;
  sim::running().raise(FindingKind::kBugOn, site,
                       "edits the chain of " + slab().name_of(anon_vma) + " under a walker");
}

void check_mapped_pages() {
  const Site site = Site::current();
  for (int number = 0; number < kPages; ++number) {
    const page& page = world.pages[number];
    if (page.mapcount.counter <= 0) continue;
    const anon_vma* const named = named_object(page);
    if (named == nullptr) continue;
    if (slab().incarnation_of(named) != named_by(&page)) {
      sim::running().raise(FindingKind::kUseAfterFree, site,
                           "page" + std::to_string(number) + " is mapped and names dead " +
                               slab().name_of(named) + ": " + slab().history_of(named));
    }
    check_links(number, named, site);
  }
}

}  // namespace revenant::anon_vma_subject::oracle
