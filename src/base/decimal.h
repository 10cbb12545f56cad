// Numbers as text in code that a fuzz target runs at every input. std::to_string may lie in the
// standard library, where MemorySanitizer does not see what it writes; this is compiled with us.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace revenant {

inline std::string decimal(std::uint64_t value) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
  return {digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr};
}

}  // namespace revenant
