// For tests: each variant of each subject as a case.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "subjects/subject.h"

namespace revenant {

struct VariantCase {
  const Subject* subject;
  const Variant* variant;
};

// Else a test's name holds addresses.
inline void PrintTo(const VariantCase& c, std::ostream* out) { *out << c.variant->name; }

inline std::string name_of_case(const testing::TestParamInfo<VariantCase>& info) {
  return std::string(info.param.subject->name) + "_" + std::string(info.param.variant->name);
}

inline std::vector<VariantCase> all_variants() {
  std::vector<VariantCase> cases;
  for (const Subject* const subject : all_subjects()) {
    for (const Variant& variant : subject->variants) cases.push_back({subject, &variant});
  }
  return cases;
}

// Those in which a search finds something.
inline std::vector<VariantCase> buggy_variants() {
  std::vector<VariantCase> cases = all_variants();
  std::erase_if(cases, [](const VariantCase& c) { return !c.variant->expected; });
  return cases;
}

}  // namespace revenant
