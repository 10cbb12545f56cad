// What the runs of a target reached, told to whichever engine the target is linked with.
//
// libFuzzer and honggfuzz read and clear the counters themselves; to AFL++ and Centipede they are
// handed on after each input. The engine is known by symbols that only its library has.
#pragma once

#include "sim/features.h"

namespace revenant {

// Counters for the run of one input: all zero before each.
sim::FeatureCounters& feedback_counters();

// To be called after each input that ended without a finding.
void hand_on_feedback();

}  // namespace revenant
