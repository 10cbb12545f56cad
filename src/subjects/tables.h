// What the tables of a subject are written with.
#pragma once

#include <cstddef>
#include <utility>

#include "sim/memory_map.h"

// The sim::Field of a member, or of an element of one.
#define REVENANT_FIELD(type, field) \
  sim::Field { #field, offsetof(type, field), sizeof(std::declval<type>().field) }

namespace revenant {

// The rules of a variant: those of another, changed.
template <class Rules, class Change>
constexpr Rules but(Rules rules, Change change) {
  change(rules);
  return rules;
}

}  // namespace revenant
