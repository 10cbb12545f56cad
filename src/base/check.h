// REVENANT_CHECK: what must hold unless the harness itself is wrong.
//
// A failed check is never a finding: it prints one line "revenant: harness bug: ..." and aborts.
// The command turns the abort into exit status 3; a fuzz target lets libFuzzer save the input.
#pragma once

#define REVENANT_CHECK(condition)                      \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::revenant::check_failed(#condition, __FILE__, __LINE__))

namespace revenant {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace revenant
