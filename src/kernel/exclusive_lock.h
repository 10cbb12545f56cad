// What mutex and spinlock_t have in common: a word that is 0 or its owner's number plus one.
#pragma once

#include <cstdint>

#include "sim/trace.h"

namespace revenant::kernel {

using OwnerWord = std::uint32_t;

// Each is one scheduling point; exclusive_lock one more each time that the word is found taken.
void exclusive_lock(OwnerWord* word, sim::Primitive what, Site site);
bool exclusive_trylock(OwnerWord* word, sim::Primitive what, Site site);
void exclusive_unlock(OwnerWord* word, sim::Primitive what, Site site);
bool exclusive_is_locked(const OwnerWord* word, sim::Primitive what, Site site);

}  // namespace revenant::kernel
