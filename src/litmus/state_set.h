// The states that an exploration has met, by their fingerprints.
#pragma once

#include <vector>

#include "memory/fingerprint.h"

namespace revenant::litmus {

class StateSet {
 public:
  StateSet() : slots_(kFirstSize) {}

  std::size_t size() const { return count_; }

  // Whether it is new.
  bool insert(const memory::Fingerprint& state) {
    if (count_ * 2 >= slots_.size()) grow();
    if (!place(state)) return false;
    ++count_;
    return true;
  }

 private:
  static constexpr std::size_t kFirstSize = 256;  // A power of two.

  bool place(memory::Fingerprint state) {
    state.low |= 1;  // An empty slot is 0.
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = state.high & mask;
    for (; slots_[i].low != 0; i = (i + 1) & mask) {
      if (slots_[i] == state) return false;
    }
    slots_[i] = state;
    return true;
  }

  void grow() {
    std::vector<memory::Fingerprint> before(slots_.size() * 2);
    before.swap(slots_);
    for (const memory::Fingerprint& state : before) {
      if (state.low != 0) place(state);
    }
  }

  std::vector<memory::Fingerprint> slots_;
  std::size_t count_ = 0;
};

}  // namespace revenant::litmus
