// What a user gave that cannot be used, and how to say so.
#pragma once

#include <stdexcept>
#include <string>

namespace revenant {

// Bad usage or unreadable input. what() is one line that says what was expected; a program prints
// it after its name on stderr and exits with status 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "a, b, c": what there is, by the name of each.
template <class Range, class Name>
std::string listed(const Range& range, Name name) {
  std::string text;
  for (const auto& entry : range) {
    if (!text.empty()) text += ", ";
    text += name(entry);
  }
  return text;
}

}  // namespace revenant
