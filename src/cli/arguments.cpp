#include "cli/arguments.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/user_error.h"

namespace revenant {

std::string Target::name() const { return fmt::format("{}/{}", subject->name, variant->name); }

Target parse_target(std::span<const Subject* const> subjects, const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string subject_name = text.substr(0, slash);
  const Subject* const subject = find_subject(subjects, subject_name);
  if (subject == nullptr) {
    throw UserError(fmt::format("no subject '{}'; there is: {}", subject_name,
                                listed(subjects, [](const Subject* s) { return s->name; })));
  }
  if (slash == std::string::npos) return {subject, &subject->variants.front()};
  return {subject, &variant_named(*subject, text.substr(slash + 1))};
}

Target parse_target(std::span<const Subject* const> subjects, const std::string& text,
                    const EngineOptions& engine) {
  Target target = parse_target(subjects, text);
  target.memory = chosen_memory(engine);
  return target;
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
