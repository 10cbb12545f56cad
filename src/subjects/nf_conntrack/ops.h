// The ops of nf_conntrack: what a schedule may ask of a CPU.
#pragma once

#include "subjects/subject.h"

namespace revenant::nf_conntrack_subject {

inline constexpr std::size_t kOpCount = 4;
extern const OpSpec kOps[kOpCount];

}  // namespace revenant::nf_conntrack_subject
