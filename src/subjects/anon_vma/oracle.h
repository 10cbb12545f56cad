// The judge of anon_vma: knows which life of an anon_vma each page names, and who relies on which.
//
// Ghost state: the code under test tells it what it did and learns nothing from it. Not
// instrumented, so that TSan does not take ghost state for the subject's. Nothing here yields. One
// file for each rule, judge_*.cpp; the rules of the slab itself are judged in src/kernel.
#pragma once

#include "kernel/read_sets.h"
#include "kernel/slab_state.h"
#include "subjects/anon_vma/anon_vma.h"

namespace revenant::anon_vma_subject::oracle {

// In which life the anon_vma was that a page was told to name.
struct Name {
  kernel::Incarnation now = 0;
  kernel::Incarnation next = 0;  // 0 where nobody is about to change it.
};
inline constinit Name named_by_page[kPages];

// Inlined always, here and below, and so never as it is compiled for instrumented callers.
[[gnu::always_inline]] inline Name& name_in(const page* page) {
  return named_by_page[page - world.pages];
}

// The anon_vma that the page names, or nullptr.
[[gnu::always_inline]] inline const anon_vma* named_by(const page& page) {
  const auto bits = reinterpret_cast<unsigned long>(page.mapping);
  if ((bits & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON) return nullptr;
  return reinterpret_cast<const anon_vma*>(bits - PAGE_MAPPING_ANON);
}

// Forget the run before.
void begin_run_of_identity();
void begin_run_of_walks();

// page->mapping is about to be set to name the object in its present life; and it is now. In
// between, CPUs that run at once may find either name.
void page_will_name(const page* page, const anon_vma* anon_vma);
void page_names(const page* page);

// Rule C5, identity: the protocol returned the object as pinned for the page, by lock or by
// reference. It must be in the life that the page names: otherwise recycled-object, or
// use-after-free. From now until released() freeing it is free-while-locked (rule C13).
void pinned(const page* page, const anon_vma* anon_vma, Site site = Site::current());
void released(const anon_vma* anon_vma);
// Whether the object is in the life in which the page was told to name it, which was one.
[[gnu::always_inline]] inline bool is_as_named(const page* page, const anon_vma* anon_vma) {
  const kernel::Incarnation named = name_in(page).now;
  return named != 0 && kernel::slab().incarnation_of(anon_vma) == named;
}

// The running CPU walks the chain of the anon_vma, under its lock, from now until walk_ends().
void walk_begins(const anon_vma* anon_vma);
void walk_ends();
// The chain of the anon_vma is about to change: bug-on if another CPU walks it.
void edits_chain(const anon_vma* anon_vma, Site site = Site::current());

// Rule C14, after every step: an exclusive page is mapped once; a mapped page names a live
// anon_vma, in the life in which it was named, and each vma that maps the page is linked to that
// anon_vma. Raises use-after-free, or bug-on.
void check_mapped_pages();

// Subject::outlook: of a reader of a page's mapping.
std::uint64_t outlook(const kernel::StaleReader& reader);

// Rule C14, of the chains: the process is about to unlock its mmap_lock. Raises bug-on.
void mm_settled(const mm_struct* mm, Site site = Site::current());
[[gnu::always_inline]] inline bool is_linked(const vm_area_struct& vma, const anon_vma* anon_vma) {
  for (const anon_vma_chain* avc = vma.chain; avc != nullptr; avc = avc->same_vma) {
    if (avc->anon_vma == anon_vma) return true;
  }
  return false;
}

}  // namespace revenant::anon_vma_subject::oracle
