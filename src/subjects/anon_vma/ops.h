// The ops of anon_vma: what a schedule may ask of a CPU.
#pragma once

#include "subjects/subject.h"

namespace revenant::anon_vma_subject {

extern const OpSpec kOps[4];

}  // namespace revenant::anon_vma_subject
