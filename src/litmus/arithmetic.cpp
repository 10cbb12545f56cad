#include "litmus/arithmetic.h"

namespace revenant::litmus {
namespace {

std::optional<Number> in_range(__int128 value) {
  if (value > kMaxNumber || value < -kMaxNumber) return std::nullopt;
  return static_cast<Number>(value);
}

// An address as it is, or none left of it.
std::optional<Number> on_addresses(Operator op, Number left, Number right) {
  if (op == Operator::kAdd && right == 0) return left;
  if (op == Operator::kAdd && left == 0) return right;
  if (op == Operator::kSubtract && right == 0) return left;
  if (op == Operator::kBitAnd && (left == 0 || right == 0)) return 0;
  if (op == Operator::kBitXor && left == right) return 0;
  return std::nullopt;
}

std::optional<Number> shift(Operator op, Number left, Number right) {
  if (right < 0 || right > 62) return std::nullopt;
  if (op == Operator::kShiftRight) return left >> right;
  return in_range(static_cast<__int128>(left) * (__int128{1} << right));
}

}  // namespace

std::optional<Number> apply(Operator op, Number operand) {
  if (op == Operator::kNot) return operand == 0 ? 1 : 0;
  if (is_address(operand)) return std::nullopt;
  return op == Operator::kNegate ? -operand : in_range(~operand);
}

std::optional<Number> apply(Operator op, Number left, Number right) {
  switch (op) {
    case Operator::kEqual:
      return left == right ? 1 : 0;
    case Operator::kNotEqual:
      return left != right ? 1 : 0;
    case Operator::kAnd:
      return left != 0 && right != 0 ? 1 : 0;
    case Operator::kOr:
      return left != 0 || right != 0 ? 1 : 0;
    default:
      break;
  }
  if (is_address(left) || is_address(right)) return on_addresses(op, left, right);
  switch (op) {
    case Operator::kBitOr:
      return in_range(left | right);
    case Operator::kBitXor:
      return in_range(left ^ right);
    case Operator::kBitAnd:
      return in_range(left & right);
    case Operator::kLess:
      return left < right ? 1 : 0;
    case Operator::kGreater:
      return left > right ? 1 : 0;
    case Operator::kLessEqual:
      return left <= right ? 1 : 0;
    case Operator::kGreaterEqual:
      return left >= right ? 1 : 0;
    case Operator::kAdd:
      return in_range(static_cast<__int128>(left) + right);
    case Operator::kSubtract:
      return in_range(static_cast<__int128>(left) - right);
    case Operator::kMultiply:
      return in_range(static_cast<__int128>(left) * right);
    case Operator::kDivide:
      return right == 0 ? std::nullopt : std::optional(left / right);
    case Operator::kRemainder:
      return right == 0 ? std::nullopt : std::optional(left % right);
    case Operator::kShiftLeft:
    case Operator::kShiftRight:
      return shift(op, left, right);
    default:
      return std::nullopt;
  }
}

}  // namespace revenant::litmus
