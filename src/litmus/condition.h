// What a litmus test says about final states: read and evaluated.
#pragma once

#include <functional>

#include "litmus/cursor.h"
#include "litmus/program.h"

namespace revenant::litmus {

class ConditionParser {
 public:
  // The processes and words of the test must be known.
  ConditionParser(Cursor& cursor, const LitmusTest& test) : cursor_(cursor), test_(test) {}

  Proposition run();
  // "1:r0", "x", "[x]" or "*x".
  Observed observed();

 private:
  std::uint32_t any_of();
  std::uint32_t all_of();
  std::uint32_t one();
  std::uint32_t comparison();
  Observed compared();
  Observed register_of_process();
  std::uint32_t add(const Proposition::Node& node);
  std::uint32_t word(std::string_view name) const;

  Cursor& cursor_;
  const LitmusTest& test_;
  Proposition proposition_;
  std::uint32_t depth_ = 0;
};

using ValueOf = std::function<Number(const Observed&)>;

bool holds(const Proposition& proposition, const ValueOf& value_of);

// "0:r1", "x"
std::string name_of(const LitmusTest& test, const Observed& observed);
// A number, or the name of the word whose address it is.
std::string value_text(const LitmusTest& test, Number value);

}  // namespace revenant::litmus
