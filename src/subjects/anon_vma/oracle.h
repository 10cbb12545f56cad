// The judge of anon_vma: knows which life of an anon_vma each page names, and who relies on which.
//
// Ghost state: the code under test tells it what it did and learns nothing from it. Not instrumented,
// so that TSan does not take ghost state for the subject's. Nothing here yields.
#pragma once

#include "subjects/anon_vma/anon_vma.h"

namespace revenant::anon_vma_subject::oracle {

void begin_run();

// page->mapping was set to name the object in its present life.
void page_names(const page* page, const anon_vma* anon_vma);

// The protocol returned the object as pinned for the page, by lock or by reference. It must be in the
// life that the page names: otherwise recycled-object, or use-after-free. From now until released()
// freeing it is free-while-locked.
void pinned(const page* page, const anon_vma* anon_vma, Site site = Site::current());
void released(const anon_vma* anon_vma);

}  // namespace revenant::anon_vma_subject::oracle
