// The ops of anon_vma: what a schedule may ask of a CPU.
#pragma once

#include "subjects/subject.h"

namespace revenant::anon_vma_subject {

inline constexpr std::size_t kOpCount = 9;
extern const OpSpec kOps[kOpCount];

}  // namespace revenant::anon_vma_subject
