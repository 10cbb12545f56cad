// The walk of a seed: a policy and the random stream that it draws from.
//
// A schedule that has a walk holds no more than a number, and any number is a walk. One in 64 is
// the plain random walk, all others are RandomChoices.
#pragma once

#include <cstdint>
#include <variant>

#include "choice/random_choices.h"
#include "choice/random_walk.h"

namespace revenant {

inline constexpr std::uint32_t kPlainOneIn = 64;

constexpr bool is_plain_walk(std::uint32_t walk) { return walk % kPlainOneIn == 0; }
// The plain random walk next to `walk`.
constexpr std::uint32_t plain_walk(std::uint32_t walk) { return walk - walk % kPlainOneIn; }

class Walk {
 public:
  explicit Walk(std::uint32_t seed);

  // Lives as long as this object.
  Choices& choices();

 private:
  std::variant<RandomChoices, RandomWalk> policy_;
};

}  // namespace revenant
