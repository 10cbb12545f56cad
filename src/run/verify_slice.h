// A part of the tree that an exhaustive search goes through: all leaves from one on, below some
// decisions that stay as they are.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace revenant {

// Which of how many answers is under way at a question; 0 is the default.
struct VerifyDecision {
  std::uint32_t answer = 0;
  std::uint32_t count = 0;

  friend bool operator==(const VerifyDecision&, const VerifyDecision&) = default;
};

// Without decisions it is the whole tree.
struct VerifySlice {
  std::vector<VerifyDecision> path;  // To its next leaf.
  std::uint32_t fixed = 0;           // So many of them stay.

  friend bool operator==(const VerifySlice&, const VerifySlice&) = default;
};

// Of the whole tree, from 0 to 1, by the share that each branch has of its node.
double share_of(const VerifySlice& slice);

// Cuts off what comes after the branch that is under way where the slice branches first, and
// returns it; the two together are what the slice was. None where it does not branch as far as is
// known.
std::optional<VerifySlice> cut_off(VerifySlice& slice);

}  // namespace revenant
