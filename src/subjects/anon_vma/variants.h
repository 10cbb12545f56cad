// The variants of anon_vma: every version that history knows, and a mutant for each safety element.
#pragma once

#include <span>

#include "subjects/subject.h"

namespace revenant::anon_vma_subject {

inline constexpr std::size_t kVariantCount = 67;
extern const Variant kVariants[kVariantCount];

}  // namespace revenant::anon_vma_subject
