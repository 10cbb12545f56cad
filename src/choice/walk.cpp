#include "choice/walk.h"

namespace revenant {

Walk::Walk(std::uint32_t seed) : policy_(std::in_place_type<RandomChoices>, seed) {
  if (is_plain_walk(seed)) policy_.emplace<RandomWalk>(seed);
}

Choices& Walk::choices() {
  return std::visit([](Choices& policy) -> Choices& { return policy; }, policy_);
}

}  // namespace revenant
