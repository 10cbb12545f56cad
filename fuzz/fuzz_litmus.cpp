// The parser of litmus tests under arbitrary bytes: it ends, and what it takes can be explored.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "litmus/parser.h"
#include "litmus/verdict.h"
#include "own_arguments.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  revenant::refuse_own_arguments(argc, argv);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace revenant::litmus;
  constexpr std::size_t kStates = 200;  // A taste of each test.
  const auto parsed = parse({reinterpret_cast<const char*>(data), size_bytes});
  if (const auto* const error = std::get_if<SyntaxError>(&parsed)) {
    REVENANT_CHECK(error->at.line >= 1 && error->at.column >= 1 && !error->expected.empty());
    return 0;
  }
  try {
    const auto& test = std::get<LitmusTest>(parsed);
    const Verdict verdict = judge(test, {.limits = {.seconds = 0, .states = kStates}});
    REVENANT_CHECK(!verdict_text(test, verdict).empty());
  } catch (const Fault& fault) {
    REVENANT_CHECK(!fault.text.empty());
  }
  return 0;
}
