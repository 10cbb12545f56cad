#include "subjects/subject.h"

#include <algorithm>
#include <string>

#include "base/user_error.h"

namespace revenant {

std::optional<FindingKind> expected_in(const Variant& variant, kernel::MemoryModel memory) {
  return memory < variant.memory ? std::nullopt : variant.expected;
}

std::string memory_option(const Variant& variant, kernel::MemoryModel memory) {
  if (memory == variant.memory) return {};
  return " --engine-option=memory=" + std::string(name_of(memory));
}

bool declares(const Variant& variant, FindingKind kind) {
  return variant.expected == kind || std::ranges::find(variant.also, kind) != variant.also.end();
}

const Subject* find_subject(std::span<const Subject* const> subjects, std::string_view name) {
  for (const Subject* const subject : subjects) {
    if (subject->name == name) return subject;
  }
  return nullptr;
}

const Variant* find_variant(const Subject& subject, std::string_view name) {
  for (const Variant& variant : subject.variants) {
    if (variant.name == name) return &variant;
  }
  return nullptr;
}

const Variant& variant_named(const Subject& subject, std::string_view name) {
  const Variant* const variant = find_variant(subject, name);
  if (variant != nullptr) return *variant;
  throw UserError(
      "no variant '" + std::string(name) + "' of " + std::string(subject.name) +
      "; there is: " + listed(subject.variants, [](const Variant& v) { return v.name; }));
}

}  // namespace revenant
