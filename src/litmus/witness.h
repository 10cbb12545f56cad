// A way through a litmus test for people to read: what each step did, and beside what weak memory
// did, what plain interleaving would have done.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "litmus/explorer.h"
#include "litmus/program.h"

namespace revenant::litmus {

// Steps, processes and words are indices.
struct WitnessStep {
  std::size_t process = 0;
  Place place{};
  std::string text;                     // As in the file: "READ_ONCE(*x)",
  std::string result{};                 // and what came of it: " = 0".
  std::optional<std::uint32_t> word{};  // That it loads or stores.
  bool loads = false;
  bool stores = false;
  std::optional<std::size_t> reads_from{};  // None where nobody stored what it loads.
  bool is_weak = false;                     // It took an older value, or landed below a newer one:
  std::uint32_t behind = 0;                 // so many below the newest,
  std::string newest{};                     // which this is.
};

// From a step that is inside to the first that is not any more; none if it never ends.
struct WitnessSpan {
  std::size_t process = 0;
  std::uint32_t of = 0;  // The lock's word; or the domain of RCU, 0, or of SRCU.
  std::size_t from = 0;
  std::optional<std::size_t> to{};
};

struct Witness {
  std::vector<WitnessStep> steps;
  std::vector<WitnessSpan> sections;  // Outermost, of each domain.
  std::vector<WitnessSpan> holds;
};

Witness witness_of(const LitmusTest& test, std::span<const Taken> way);

// Of a step that is_weak: "stale: newest is 1".
std::string what_is_weak(const LitmusTest& test, const WitnessStep& step);
// "plain interleaving: ..." or "needs weak memory: ...".
std::string what_is_needed(const Witness& witness);
// One row a step, one column a process.
std::string witness_text(const LitmusTest& test, const Witness& witness);

}  // namespace revenant::litmus
