#include "stack_under_test.h"

#include <execinfo.h>
#include <sanitizer/common_interface_defs.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

// Weak: absent where no sanitizer's runtime is linked.
#pragma weak __sanitizer_symbolize_pc

namespace revenant {
namespace {

constexpr int kMaxFrames = 64;

bool is_under_test(std::string_view frame) {
  return frame.find("src/subjects/") != frame.npos && frame.find("/judge_") == frame.npos;
}

// Prints the functions at a place of the code, inner ones first where some were inlined; before the
// first that is under test, none.
void print_frame(void* return_address, int& printed) {
  std::array<char, 4096> text{};
  // The call, not what follows it.
  void* const pc = static_cast<char*>(return_address) - 1;
  __sanitizer_symbolize_pc(pc, "%p in %f %L", text.data(), text.size());
  for (const char* frame = text.data(); *frame != '\0';
       frame += std::string_view(frame).size() + 1) {
    if (printed == 0 && !is_under_test(frame)) continue;
    std::fprintf(stderr, "    #%d %s\n", printed++, frame);
  }
}

}  // namespace

void print_stack_under_test() {
  int printed = 0;
  if (__sanitizer_symbolize_pc != nullptr) {
    std::array<void*, kMaxFrames> frames{};
    const int count = backtrace(frames.data(), kMaxFrames);
    for (int i = 0; i < count; ++i) print_frame(frames.at(static_cast<std::size_t>(i)), printed);
  }
  if (printed == 0) __sanitizer_print_stack_trace();
}

}  // namespace revenant
