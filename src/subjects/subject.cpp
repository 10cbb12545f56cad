#include "subjects/subject.h"

namespace revenant {

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

}  // namespace revenant
