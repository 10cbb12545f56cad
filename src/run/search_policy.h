// How a search chooses what to run next: the ways there are, by name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace revenant {

enum class SearchPolicy : std::uint8_t {
  kDefault,     // Fresh programs at first, then also changes to runs that showed something new.
  kFresh,       // Fresh programs only: what feedback is measured against.
  kRandomWalk,  // Programs drawn blindly, a plain random walk over each, and no feedback.
};

std::span<const SearchPolicy> all_search_policies();
std::string_view name_of(SearchPolicy policy);
std::optional<SearchPolicy> search_policy_of(std::string_view name);

}  // namespace revenant
