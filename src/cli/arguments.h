// What the commands share of their command lines.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "subjects/subject.h"

namespace revenant {

struct Target {
  const Subject* subject = nullptr;
  const Variant* variant = nullptr;
};

// "anon_vma" or "anon_vma/as_posted". Throws UserError naming what there is.
Target parse_target(std::span<const Subject* const> subjects, const std::string& text);

// True when file descriptor `fd` is a terminal whose lines can be drawn anew.
bool is_interactive(int fd);
// The same, and it is to have colours.
bool is_terminal(int fd);

}  // namespace revenant
