#include "run/search_policy.h"

#include <array>

#include "base/check.h"

namespace revenant {
namespace {

constexpr std::array kPolicies{SearchPolicy::kDefault, SearchPolicy::kFresh,
                               SearchPolicy::kRandomWalk};

}  // namespace

std::span<const SearchPolicy> all_search_policies() { return kPolicies; }

std::string_view name_of(SearchPolicy policy) {
  switch (policy) {
    case SearchPolicy::kDefault:
      return "default";
    case SearchPolicy::kFresh:
      return "fresh";
    case SearchPolicy::kRandomWalk:
      return "random-walk";
  }
  check_failed("a policy has a name", __FILE__, __LINE__);
}

std::optional<SearchPolicy> search_policy_of(std::string_view name) {
  for (const SearchPolicy policy : kPolicies) {
    if (name_of(policy) == name) return policy;
  }
  return std::nullopt;
}

}  // namespace revenant
