#include "cli/arguments.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "cli/files.h"

namespace revenant {
namespace {

template <class Range, class Name>
std::string listed(const Range& range, Name name) {
  std::string text;
  for (const auto& entry : range) {
    if (!text.empty()) text += ", ";
    text += name(entry);
  }
  return text;
}

}  // namespace

Target parse_target(std::span<const Subject* const> subjects, const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string subject_name = text.substr(0, slash);
  const Subject* const subject = find_subject(subjects, subject_name);
  if (subject == nullptr) {
    throw UserError(fmt::format("no subject '{}'; there is: {}", subject_name,
                                listed(subjects, [](const Subject* s) { return s->name; })));
  }
  if (slash == std::string::npos) return {subject, &subject->variants.front()};
  const std::string variant_name = text.substr(slash + 1);
  const Variant* const variant = find_variant(*subject, variant_name);
  if (variant == nullptr) {
    throw UserError(
        fmt::format("no variant '{}' of {}; there is: {}", variant_name, subject_name,
                    listed(subject->variants, [](const Variant& v) { return v.name; })));
  }
  return {subject, variant};
}

SearchPolicy parse_policy(const std::string& name) {
  if (const auto policy = search_policy_of(name)) return *policy;
  throw UserError(
      fmt::format("no policy '{}'; there is: {}", name,
                  listed(all_search_policies(), [](SearchPolicy p) { return name_of(p); })));
}

std::string as_arguments(SearchPolicy policy) {
  return policy == SearchPolicy::kDefault ? "" : fmt::format(" --policy {}", name_of(policy));
}

bool is_interactive(int fd) {
  const char* const term = std::getenv("TERM");
  return ::isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

bool is_terminal(int fd) { return is_interactive(fd) && std::getenv("NO_COLOR") == nullptr; }

}  // namespace revenant
