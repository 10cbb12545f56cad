#include "litmus/condition.h"

#include <algorithm>

#include "base/decimal.h"

namespace revenant::litmus {
namespace {

constexpr std::size_t kMaxPropositionNodes = 2000;

bool holds_at(const Proposition& proposition, std::uint32_t root, const ValueOf& value_of) {
  const Proposition::Node& node = proposition.nodes[root];
  const auto part = [&](std::size_t i) { return holds_at(proposition, node.parts[i], value_of); };
  switch (node.kind) {
    case Proposition::Kind::kTrue:
      return true;
    case Proposition::Kind::kEqual:
      return value_of(node.left) == value_of(node.right);
    case Proposition::Kind::kNotEqual:
      return value_of(node.left) != value_of(node.right);
    case Proposition::Kind::kAnd:
      return part(0) && part(1);
    case Proposition::Kind::kOr:
      return part(0) || part(1);
    case Proposition::Kind::kNot:
      return !part(0);
  }
  return false;
}

}  // namespace

Proposition ConditionParser::run() {
  const std::size_t first_token = cursor_.position();
  any_of();
  proposition_.text = cursor_.source().between(first_token, cursor_.position());
  return std::move(proposition_);
}

std::uint32_t ConditionParser::add(const Proposition::Node& node) {
  if (proposition_.nodes.size() == kMaxPropositionNodes) cursor_.fail("a shorter condition");
  proposition_.nodes.push_back(node);
  return static_cast<std::uint32_t>(proposition_.nodes.size() - 1);
}

std::uint32_t ConditionParser::any_of() {
  std::uint32_t left = all_of();
  for (std::uint32_t chained = 0; cursor_.accept("\\/"); ++chained) {
    if (chained == kMaxNesting * 4) cursor_.fail("a shorter condition");
    left = add({.kind = Proposition::Kind::kOr, .parts = {left, all_of()}});
  }
  return left;
}

std::uint32_t ConditionParser::all_of() {
  std::uint32_t left = one();
  for (std::uint32_t chained = 0; cursor_.accept("/\\"); ++chained) {
    if (chained == kMaxNesting * 4) cursor_.fail("a shorter condition");
    left = add({.kind = Proposition::Kind::kAnd, .parts = {left, one()}});
  }
  return left;
}

std::uint32_t ConditionParser::one() {
  const Nesting nesting(depth_, cursor_);
  if (cursor_.accept("~") || cursor_.accept("not")) {
    return add({.kind = Proposition::Kind::kNot, .parts = {one(), 0}});
  }
  if (cursor_.accept("true")) return add({});
  if (cursor_.accept("false")) {
    return add({.kind = Proposition::Kind::kNot, .parts = {add({}), 0}});
  }
  if (!cursor_.accept("(")) return comparison();
  const std::uint32_t inner = any_of();
  cursor_.expect(")");
  return inner;
}

std::uint32_t ConditionParser::comparison() {
  const Observed left = observed();
  Proposition::Kind kind = Proposition::Kind::kEqual;
  if (cursor_.accept("!=")) {
    kind = Proposition::Kind::kNotEqual;
  } else if (!cursor_.accept("==")) {
    cursor_.expect("=");
  }
  return add({.kind = kind, .left = left, .right = compared()});
}

std::uint32_t ConditionParser::word(std::string_view name) const {
  const auto found = std::ranges::find(test_.words, name, &SharedWord::name);
  if (found == test_.words.end()) {
    cursor_.source().fail(cursor_.source().tokens()[cursor_.position() - 1].offset,
                          "the name of a shared word, not '" + std::string(name) + "'");
  }
  return static_cast<std::uint32_t>(found - test_.words.begin());
}

Observed ConditionParser::register_of_process() {
  const Place place = cursor_.place();
  const Number number = cursor_.number();
  cursor_.expect(":");
  const std::string_view name = cursor_.name("a register");
  for (std::uint32_t i = 0; i < test_.processes.size(); ++i) {
    const Process& process = test_.processes[i];
    if (process.number != number) continue;
    const auto found = std::ranges::find(process.register_names, name);
    if (found == process.register_names.end()) {
      throw SyntaxError{place,
                        "a register of P" + decimal(number) + ", not '" + std::string(name) + "'"};
    }
    return {.kind = Observed::Kind::kRegister,
            .process = i,
            .index = static_cast<std::uint32_t>(found - process.register_names.begin())};
  }
  throw SyntaxError{place, "the number of a process, not " + decimal(number)};
}

Observed ConditionParser::observed() {
  if (cursor_.at_number()) return register_of_process();
  const bool has_bracket = cursor_.accept("[");
  cursor_.accept("*");
  const std::string_view name = cursor_.name("a register, as in 0:r1, or a shared word");
  const Observed observed{.kind = Observed::Kind::kWord, .index = word(name)};
  if (has_bracket) cursor_.expect("]");
  return observed;
}

// The right side: a word's bare name is its address there.
Observed ConditionParser::compared() {
  if (cursor_.at("[")) return observed();
  if (cursor_.at_number() && cursor_.peek(1).text == ":") return register_of_process();
  if (cursor_.at_number() || cursor_.at("-")) return {.number = cursor_.signed_number()};
  if (cursor_.accept("NULL")) return {};
  cursor_.accept("&");
  return {.number = address_of(word(cursor_.name("a number, a register or a shared word")))};
}

bool holds(const Proposition& proposition, const ValueOf& value_of) {
  return holds_at(proposition, static_cast<std::uint32_t>(proposition.nodes.size() - 1), value_of);
}

std::string name_of(const LitmusTest& test, const Observed& observed) {
  switch (observed.kind) {
    case Observed::Kind::kNumber:
      return value_text(test, observed.number);
    case Observed::Kind::kWord:
      return test.words[observed.index].name;
    case Observed::Kind::kRegister:
      break;
  }
  const Process& process = test.processes[observed.process];
  return decimal(process.number) + ":" + process.register_names[observed.index];
}

std::string value_text(const LitmusTest& test, Number value) {
  return is_address(value) ? test.words[word_at(value)].name : decimal(value);
}

}  // namespace revenant::litmus
