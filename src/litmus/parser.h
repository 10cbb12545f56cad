// Reads a litmus test in C, as the Linux-kernel memory model's are written.
//
// What is not understood is an error with its place, never skipped. Every size is bounded by a
// constant of program.h and lexer.h.
#pragma once

#include <string_view>
#include <variant>

#include "litmus/program.h"

namespace revenant::litmus {

std::variant<LitmusTest, SyntaxError> parse(std::string_view text);

}  // namespace revenant::litmus
