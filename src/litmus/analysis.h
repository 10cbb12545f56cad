// What each process of a test can still do from each of its steps on: by it the explorer sees which
// steps cannot touch each other, and what of a state no longer matters.
#pragma once

#include <vector>

#include "litmus/program.h"

namespace revenant::litmus {

// What a step touches beyond its own process.
struct Footprint {
  memory::LocationMask reads = 0;
  memory::LocationMask writes = 0;
  bool fences = false;
  // Of RCU, bit n for DomainId{n}.
  std::uint8_t enters = 0;
  std::uint8_t leaves = 0;
  std::uint8_t begins = 0;
  std::uint8_t ends = 0;

  void join(const Footprint& other);
  friend bool operator==(const Footprint&, const Footprint&) = default;
};

// Whether the order of the two can matter.
bool conflict(const Footprint& a, const Footprint& b);

// From a step on.
struct Ahead {
  Footprint footprint;
  memory::Relevance::OfCpu use;
  RegisterMask used = 0;  // Registers whose values a step can still use.
  RegisterMask kept = 0;  // Those that also matter at the end.

  friend bool operator==(const Ahead&, const Ahead&) = default;
};

class Analysis {
 public:
  // `kept` has the registers of each process whose values at the end are of interest.
  Analysis(const LitmusTest& test, const std::vector<RegisterMask>& kept);

  const Footprint& of_step(std::size_t process, std::size_t step) const {
    return steps_[process][step];
  }
  // Also at the end, which is one step past the last.
  const Ahead& ahead(std::size_t process, std::size_t step) const { return ahead_[process][step]; }
  // How many messages a word can have, up to memory::kMaxHistory, and how many fences there can be.
  std::uint32_t history(std::size_t word) const { return histories_[word]; }
  std::uint32_t fence_count() const { return fence_count_; }
  bool has_plain_accesses() const { return has_plain_; }
  // Words that may be locks.
  memory::LocationMask locks() const { return locks_; }

 private:
  memory::LocationMask words_of(const Operand& address) const;
  void find_addresses_used_as_values(const LitmusTest& test);
  Footprint footprint_of(const Instruction& instruction) const;
  void look_ahead(const Process& process, std::size_t index, RegisterMask kept);
  void count(const Instruction& instruction, const Footprint& footprint);

  memory::LocationMask taken_ = 0;  // Words whose address can be in a register.
  memory::LocationMask locks_ = 0;
  std::vector<std::vector<Footprint>> steps_;
  std::vector<std::vector<Ahead>> ahead_;
  std::vector<std::uint32_t> histories_;
  std::uint32_t fence_count_ = 0;
  bool has_plain_ = false;
};

}  // namespace revenant::litmus
