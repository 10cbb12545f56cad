// Operators of C on numbers and on addresses of shared words.
#pragma once

#include <optional>

#include "litmus/program.h"

namespace revenant::litmus {

// None where the result has no meaning: arithmetic on an address, a division by zero, a number
// beyond kMaxNumber.
std::optional<Number> apply(Operator op, Number operand);
std::optional<Number> apply(Operator op, Number left, Number right);

}  // namespace revenant::litmus
