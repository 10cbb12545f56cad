// Where the memory model allows what the machine cannot show: a store that is seen before an
// earlier load of its process has read.
//
// In the machine every load comes before every later store of its process. In the model it does
// where something orders the two: a fence, an acquire, a release, a dependency, one location.
#pragma once

#include "litmus/analysis.h"
#include "litmus/program.h"

namespace revenant::litmus {

struct Incompleteness {
  bool load_buffering = false;  // An unordered pair lies on a cycle of such pairs.
  bool early_store = false;     // There is one elsewhere.
};

// What may be missing; nothing is missing where both are false. Errs on the side of true.
Incompleteness incompleteness_of(const LitmusTest& test, const Analysis& analysis);

// Whether some smp_mb__before_atomic, __after_atomic, __after_spinlock or __after_unlock_lock may
// stand without what it goes with, where the LKMM has no barrier and the machine has a full one.
bool has_stray_barrier(const LitmusTest& test);

}  // namespace revenant::litmus
