#include "sim/finding.h"

#include <algorithm>
#include <array>
#include <utility>

namespace revenant {
namespace {

constexpr std::array<std::pair<FindingKind, std::string_view>, 18> kNames{{
    {FindingKind::kRecycledObject, "recycled-object"},
    {FindingKind::kUseAfterFree, "use-after-free"},
    {FindingKind::kUseAfterGracePeriod, "use-after-grace-period"},
    {FindingKind::kAccessOutsideRcu, "access-outside-rcu"},
    {FindingKind::kFreeWhileLocked, "free-while-locked"},
    {FindingKind::kWrongUnlock, "wrong-unlock"},
    {FindingKind::kRefcount, "refcount"},
    {FindingKind::kDoubleFree, "double-free"},
    {FindingKind::kBadConstructorState, "bad-constructor-state"},
    {FindingKind::kLeak, "leak"},
    {FindingKind::kSleepInRcu, "sleep-in-rcu"},
    {FindingKind::kSleepInAtomic, "sleep-in-atomic"},
    {FindingKind::kDeadlock, "deadlock"},
    {FindingKind::kLivelock, "livelock"},
    {FindingKind::kBugOn, "bug-on"},
    {FindingKind::kDataRace, "data-race"},
    {FindingKind::kAsan, "asan"},
    {FindingKind::kUbsan, "ubsan"},
}};

// Out of a signature such as "anon_vma *ns::lock(page *)".
std::string_view bare_function(std::string_view pretty) {
  constexpr std::string_view kNameless = "(anonymous namespace)::";
  std::size_t parameters = pretty.find('(');
  while (parameters != std::string_view::npos && pretty.substr(parameters).starts_with(kNameless)) {
    parameters = pretty.find('(', parameters + kNameless.size());
  }
  pretty = pretty.substr(0, parameters);
  const std::size_t last = pretty.find_last_of(" *&:");
  return last == std::string_view::npos ? pretty : pretty.substr(last + 1);
}

}  // namespace

std::string_view name_of(FindingKind kind) {
  return std::ranges::find(kNames, kind, &decltype(kNames)::value_type::first)->second;
}

std::optional<FindingKind> finding_kind_of(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

bool may_be_seen_once(FindingKind kind) {
  return kind == FindingKind::kDataRace || kind == FindingKind::kUbsan;
}

std::string_view function_of(const Site& site) { return bare_function(site.function_name()); }

}  // namespace revenant
