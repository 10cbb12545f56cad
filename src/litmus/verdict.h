// The answer to a litmus test: its final states and what the condition says of them, as herd7 puts
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "litmus/explorer.h"
#include "litmus/program.h"

namespace revenant::litmus {

struct Verdict {
  std::string name;
  std::vector<Observed> columns;            // Those of a state.
  std::vector<std::vector<Number>> states;  // Sorted.
  std::uint64_t positive = 0;               // States that the proposition holds of,
  std::uint64_t negative = 0;               // and others.
  std::vector<std::string> flags;           // "data-race", "no load buffering", ...
  std::string unknown{};                    // Why there is no verdict; empty if there is one.
  std::uint64_t explored = 0;
  double seconds = 0;
  std::optional<std::vector<Taken>> witness;  // The way to a state that the proposition holds of.
};

struct JudgeOptions {
  Limits limits{};
  bool reduces = true;
  bool wants_witness = false;
  memory::Rules rules{};
};

// Throws Fault.
Verdict judge(const LitmusTest& test, const JudgeOptions& options);

// "Never", "Sometimes", "Always" or "unknown".
std::string_view word_of(const Verdict& verdict);
// "0:r0=1; x=2;"
std::string state_text(const LitmusTest& test, const Verdict& verdict, std::size_t state);
// As herd7 prints it, several lines.
std::string verdict_text(const LitmusTest& test, const Verdict& verdict);

}  // namespace revenant::litmus
