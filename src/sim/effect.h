// What each kernel primitive does to memory, to locks, and to order: for who reads a trace.
#pragma once

#include "sim/trace.h"

namespace revenant::sim {

// Of what a primitive orders, after the Linux-kernel memory model.
enum class Ordering : std::uint8_t { kRelaxed, kAcquire, kRelease, kFull };

enum class LockStep : std::uint8_t { kNone, kTake, kTakeShared, kGive };

struct Effect {
  bool loads = false;
  bool stores = false;
  Ordering ordering = Ordering::kRelaxed;
  LockStep lock = LockStep::kNone;
};

// Of this event: a read-modify-write that failed stores nothing and orders nothing, a trylock that
// failed takes nothing.
Effect effect_of(const Event& event);

}  // namespace revenant::sim
