// The safety elements of page_lock_anon_vma() that some version of it lacked. A variant is one value
// of this struct; the code asks for an element at the place where it matters.
#pragma once

namespace revenant::anon_vma_subject {

struct Rules {
  // After a pin (trylock or reference), page_mapped() once more: the page was mapped at a moment at
  // which the anon_vma could not be freed, so it is the one that page->mapping named. f18194275c39
  // (2010) has it after the lock, eee0f252c653 (2011) after trylock and reference.
  bool mapped_after_trylock = true;
  bool mapped_after_reference = true;
  // After the lock, page_rmapping() must still be what was locked: the -mm patch
  // mm-revalidate-anon_vma-in-page_lock_anon_vma of 2010. Blind to ABA.
  bool mapping_after_lock = false;
};

}  // namespace revenant::anon_vma_subject
