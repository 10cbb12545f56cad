// What the commands share of their command lines.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "run/engine_machine.h"
#include "run/search_policy.h"
#include "subjects/subject.h"

namespace revenant {

struct Target {
  const Subject* subject = nullptr;
  const Variant* variant = nullptr;
  std::optional<kernel::MemoryModel> memory{};  // In the sim engine; none is the variant's own.

  std::string name() const;  // "anon_vma/as_posted"
  kernel::MemoryModel memory_model() const { return memory.value_or(variant->memory); }
};

// "anon_vma" or "anon_vma/as_posted". Throws UserError naming what there is.
Target parse_target(std::span<const Subject* const> subjects, const std::string& text);
// With what the engine's options say; throws as check_options() too.
Target parse_target(std::span<const Subject* const> subjects, const std::string& text,
                    const EngineOptions& engine);

// "default", ... Throws UserError naming what there is.
SearchPolicy parse_policy(const std::string& name);
// " --policy NAME": what repeats the choice on a command line, or nothing for the default.
std::string as_arguments(SearchPolicy policy);

// True when file descriptor `fd` is a terminal whose lines can be drawn anew.
bool is_interactive(int fd);
// The same, and it is to have colours.
bool is_terminal(int fd);

}  // namespace revenant
