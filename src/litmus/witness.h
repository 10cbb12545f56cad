// A way through a litmus test as people read it: one row a step, one column a process, and beside
// what weak memory did what plain interleaving would have done.
#pragma once

#include <span>
#include <string>

#include "litmus/explorer.h"
#include "litmus/program.h"

namespace revenant::litmus {

std::string witness_text(const LitmusTest& test, std::span<const Taken> way);

}  // namespace revenant::litmus
