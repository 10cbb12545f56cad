// The part of BodyParser that reads expressions.
#include <algorithm>
#include <iterator>

#include "litmus/body_parser.h"

namespace revenant::litmus {
namespace {

struct Sign {
  std::string_view text;
  Operator op;
  std::uint8_t level;  // How strongly it binds.
};

constexpr Sign kBinarySigns[] = {
    {"||", Operator::kOr, 0},           {"&&", Operator::kAnd, 1},
    {"|", Operator::kBitOr, 2},         {"^", Operator::kBitXor, 3},
    {"&", Operator::kBitAnd, 4},        {"==", Operator::kEqual, 5},
    {"!=", Operator::kNotEqual, 5},     {"<", Operator::kLess, 6},
    {">", Operator::kGreater, 6},       {"<=", Operator::kLessEqual, 6},
    {">=", Operator::kGreaterEqual, 6}, {"<<", Operator::kShiftLeft, 7},
    {">>", Operator::kShiftRight, 7},   {"+", Operator::kAdd, 8},
    {"-", Operator::kSubtract, 8},      {"*", Operator::kMultiply, 9},
    {"/", Operator::kDivide, 9},        {"%", Operator::kRemainder, 9},
};

constexpr std::size_t part_count(Expression::Kind kind) {
  switch (kind) {
    case Expression::Kind::kUnary:
      return 1;
    case Expression::Kind::kBinary:
      return 2;
    case Expression::Kind::kConditional:
      return 3;
    default:
      return 0;
  }
}

const Sign* binary_sign(const Token& token) {
  if (token.kind != Token::Kind::kSign) return nullptr;
  const auto* const found = std::ranges::find(kBinarySigns, token.text, &Sign::text);
  return found == std::end(kBinarySigns) ? nullptr : found;
}

}  // namespace

BodyParser::Root BodyParser::add(Expression expression) {
  if (process_.expressions.size() - statement_nodes_ >= kMaxExpressionNodes) {
    cursor_.fail("a statement with at most 200 operators and operands");
  }
  using Kind = Expression::Kind;
  if (expression.kind == Kind::kRegister) expression.registers = RegisterMask{1} << expression.reg;
  if (expression.kind == Kind::kNumber && is_address(expression.number)) {
    expression.words = memory::LocationMask{1} << word_at(expression.number);
  }
  for (std::size_t i = 0; i < part_count(expression.kind); ++i) {
    expression.registers |= process_.expressions[expression.parts[i]].registers;
    expression.words |= process_.expressions[expression.parts[i]].words;
  }
  process_.expressions.push_back(expression);
  return static_cast<Root>(process_.expressions.size() - 1);
}

BodyParser::Root BodyParser::combined(Operator op, Root left, Root right) {
  return add({.kind = Expression::Kind::kBinary, .op = op, .parts = {left, right, 0}});
}

BodyParser::Root BodyParser::expression() {
  const Nesting nesting(depth_, cursor_);
  return conditional();
}

BodyParser::Root BodyParser::conditional() {
  const Root condition = binary(0);
  const std::size_t first_token = cursor_.position();
  if (!cursor_.accept("?")) return condition;
  const std::uint32_t start = here();
  const Root then = expression();
  cursor_.expect(":");
  const std::uint32_t middle = here();
  const Root otherwise = expression();
  if (here() > start) return one_of(condition, start, then, middle, otherwise, first_token);
  return add({.kind = Expression::Kind::kConditional, .parts = {condition, then, otherwise}});
}

// Of operators that bind at least as strongly as the level.
BodyParser::Root BodyParser::binary(std::size_t level) {
  Root left = unary();
  while (const Sign* const sign = binary_sign(cursor_.peek())) {
    if (sign->level < level) break;
    const std::size_t first_token = cursor_.position();
    cursor_.take();
    const std::uint32_t start = here();
    const Root right = binary(sign->level + 1U);
    const bool is_lazy = sign->op == Operator::kAnd || sign->op == Operator::kOr;
    left = is_lazy && here() > start ? only_if(sign->op, left, start, right, first_token)
                                     : combined(sign->op, left, right);
  }
  return left;
}

// "left && right" or "left || right" whose right side, the steps from `start` on, does something:
// they are taken only where they decide.
BodyParser::Root BodyParser::only_if(Operator op, Root left, std::uint32_t start, Root right,
                                     std::size_t first_token) {
  const RegisterId result = new_register({});
  const bool is_and = op == Operator::kAnd;
  const auto truth = [this](Root root) { return combined(Operator::kNotEqual, root, number(0)); };
  const Root goes_on =
      is_and ? left
             : add({.kind = Expression::Kind::kUnary, .op = Operator::kNot, .parts = {left}});
  insert(start, {.op = Op::kAssign, .result = result, .value = operand(number(is_and ? 0 : 1))},
         first_token);
  insert(start + 1, {.op = Op::kBranch, .value = operand(goes_on)}, first_token);
  emit({.op = Op::kAssign, .result = result, .value = operand(truth(right))}, first_token);
  process_.code[start + 1].target = process_.code[start + 1].join = here();
  return of_register(result);
}

// The same for "condition ? then : otherwise", whose sides begin at these steps.
BodyParser::Root BodyParser::one_of(Root condition, std::uint32_t start, Root then,
                                    std::uint32_t middle, Root otherwise, std::size_t first_token) {
  const RegisterId result = new_register({});
  emit({.op = Op::kAssign, .result = result, .value = operand(otherwise)}, first_token);
  insert(middle, {.op = Op::kAssign, .result = result, .value = operand(then)}, first_token);
  insert(middle + 1, {.op = Op::kJump}, first_token);
  insert(start, {.op = Op::kBranch, .value = operand(condition)}, first_token);
  process_.code[start].target = middle + 3;
  process_.code[start].join = process_.code[middle + 2].target = here();
  return of_register(result);
}

BodyParser::Root BodyParser::unary() {
  const Nesting nesting(depth_, cursor_);
  const std::size_t first_token = cursor_.position();
  if (cursor_.at("*")) return plain_load(first_token);
  if (cursor_.accept("&")) return address();
  if (cursor_.accept("+")) return unary();
  static constexpr Sign kUnarySigns[] = {
      {"!", Operator::kNot, 0}, {"~", Operator::kComplement, 0}, {"-", Operator::kNegate, 0}};
  for (const Sign& sign : kUnarySigns) {
    if (!cursor_.accept(sign.text)) continue;
    return add({.kind = Expression::Kind::kUnary, .op = sign.op, .parts = {unary(), 0, 0}});
  }
  return primary();
}

BodyParser::Root BodyParser::plain_load(std::size_t first_token) {
  const Root at = target();
  return emit_with_result({.op = Op::kLoad, .is_plain = true, .address = operand(at)}, first_token);
}

// Of what follows an '&'.
BodyParser::Root BodyParser::address() {
  if (cursor_.accept("(")) {
    const Root inner = address();
    cursor_.expect(")");
    return inner;
  }
  return target();
}

// An access "*p" or "x": the address.
BodyParser::Root BodyParser::target() {
  const Nesting nesting(depth_, cursor_);
  if (cursor_.accept("*")) return unary();
  if (cursor_.accept("(")) {
    const Root inner = target();
    cursor_.expect(")");
    return inner;
  }
  if (cursor_.at_name() && is_local(cursor_.peek().text)) {
    cursor_.fail("a shared word");
  }
  const std::string_view name = cursor_.name("'*' and a pointer, or the name of a shared word");
  return number(address_of(word_named(test_, name, cursor_)));
}

BodyParser::Root BodyParser::primary() {
  if (cursor_.at_number()) return number(cursor_.number());
  if (cursor_.at("(") && is_type_word(cursor_.peek(1).text)) {
    cursor_.take();
    skip_type(cursor_);
    cursor_.expect(")");
    return unary();
  }
  if (cursor_.accept("(")) {
    const Root inner = expression();
    cursor_.expect(")");
    return inner;
  }
  return name_or_call();
}

BodyParser::Root BodyParser::name_or_call() {
  const std::size_t first_token = cursor_.position();
  const std::string_view name = cursor_.name("a number, a register or a call");
  if (cursor_.at("[") || cursor_.at("->") || cursor_.at(".")) {
    cursor_.fail("no arrays and no members");
  }
  if (cursor_.at("(")) return call(name, first_token);
  if (is_local(name)) return of_register(register_named(name));
  if (is_parameter(name)) return number(address_of(word_named(test_, name, cursor_)));
  if (name == "NULL" || name == "false") return number(0);
  if (name == "true") return number(1);
  cursor_.source().fail(cursor_.source().tokens()[first_token].offset,
                        "a register that has a value, not '" + std::string(name) + "'");
}

}  // namespace revenant::litmus
