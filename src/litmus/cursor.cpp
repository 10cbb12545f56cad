#include "litmus/cursor.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace revenant::litmus {

Number Cursor::number() {
  const std::string_view text = peek().text;
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = is_hexadecimal ? text.substr(2) : text;
  Number value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, is_hexadecimal ? 16 : 10);
  if (!at_number() || digits.empty() || error != std::errc{} || stop != end || value > kMaxNumber) {
    fail("a number below 2^62");
  }
  take();
  return value;
}

Number Cursor::signed_number() { return accept("-") ? -number() : number(); }

bool is_type_word(std::string_view word) {
  static constexpr std::array<std::string_view, 23> kWords{
      "int",      "long",       "unsigned",      "volatile",   "intptr_t",      "uintptr_t",
      "atomic_t", "atomic64_t", "atomic_long_t", "spinlock_t", "struct",        "void",
      "bool",     "const",      "char",          "short",      "signed",        "atomic_int",
      "size_t",   "u64",        "u32",           "static",     "raw_spinlock_t"};
  return std::ranges::find(kWords, word) != kWords.end();
}

bool skip_type(Cursor& cursor) {
  bool any = false;
  while (is_type_word(cursor.peek().text)) {
    any = true;
    if (cursor.take().text == "struct") cursor.name("the name of a struct");
  }
  while (cursor.accept("*") || cursor.accept("volatile") || cursor.accept("const")) {
  }
  return any;
}

}  // namespace revenant::litmus
