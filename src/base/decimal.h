// Numbers as text in code that a fuzz target runs at every input. std::to_string may lie in the
// standard library, where MemorySanitizer does not see what it writes; this is compiled with us.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

namespace revenant {

template <std::integral Integer>
std::string decimal(Integer value) {
  // Of 64 bits, 20 digits without a sign, or 19 and a sign.
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
  return {digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr};
}

}  // namespace revenant
