// The variants of nf_conntrack: today's lookup, and one without each of its safety elements.
#pragma once

#include "subjects/subject.h"

namespace revenant::nf_conntrack_subject {

inline constexpr std::size_t kVariantCount = 18;
extern const Variant kVariants[kVariantCount];

}  // namespace revenant::nf_conntrack_subject
