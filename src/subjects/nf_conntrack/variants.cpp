#include "subjects/nf_conntrack/variants.h"

#include "subjects/nf_conntrack/rules.h"
#include "subjects/tables.h"

namespace revenant::nf_conntrack_subject {
namespace {

using Kind = FindingKind;
constexpr kernel::MemoryModel kWeak = kernel::MemoryModel::kWeak;

constexpr Rules kAll{};
constexpr Rules kNoSection = but(kAll, [](Rules& r) { r.has_section = false; });
constexpr Rules kNoInsertLock = but(kAll, [](Rules& r) { r.locks_to_insert = false; });
constexpr Rules kNoRecheck = but(kAll, [](Rules& r) { r.rechecks_key = false; });
constexpr Rules kNoConfirmed = but(kAll, [](Rules& r) { r.rechecks_confirmed = false; });
constexpr Rules kPlainInc = but(kAll, [](Rules& r) { r.increments_not_zero = false; });
constexpr Rules kIncRelaxed = but(kAll, [](Rules& r) { r.increments_ordered = false; });
constexpr Rules kNoChainCheck = but(kAll, [](Rules& r) { r.checks_chain = false; });
constexpr Rules kCountFirst = but(kAll, [](Rules& r) { r.key_before_count = false; });
constexpr Rules kCountUnordered = but(kAll, [](Rules& r) { r.count_publishes = false; });
constexpr Rules kChainUnordered = but(kAll, [](Rules& r) { r.chain_publishes = false; });
constexpr Rules kConfirmedFirst = but(kAll, [](Rules& r) { r.confirmed_last = false; });
constexpr Rules kZeroed = but(kAll, [](Rules& r) { r.keeps_chain_on_reuse = false; });
constexpr Rules kLooksFirst = but(kAll, [](Rules& r) { r.looks_under_pin = false; });
constexpr Rules kNoClaim = but(kAll, [](Rules& r) { r.claims_entry = false; });

constexpr Kind kUnprotected[] = {Kind::kUseAfterFree, Kind::kUseAfterGracePeriod};
constexpr Kind kLostLinks[] = {Kind::kUseAfterFree, Kind::kUseAfterGracePeriod,
                               Kind::kAccessOutsideRcu, Kind::kRefcount, Kind::kBugOn};
// CONFIRMED may be of another life than the key, and mislead a lookup or who takes out what has
// expired.
constexpr Kind kStrangerToo[] = {Kind::kBugOn};

}  // namespace

constexpr Variant kVariants[kVariantCount] = {
    {.name = "fixed", .summary = "as nf_conntrack has it since 2025", .rules = &kAll},
    {.name = "no_key_recheck",
     .summary = "the key is not looked at again under the reference",
     .expected = Kind::kRecycledObject,
     .rules = &kNoRecheck},
    {.name = "no_confirmed_recheck",
     .summary = "CONFIRMED is not looked at under the reference",
     .expected = Kind::kBugOn,
     .rules = &kNoConfirmed},
    {.name = "plain_inc",
     .summary = "the reference is taken whatever the count",
     .expected = Kind::kRefcount,
     .rules = &kPlainInc},
    {.name = "no_chain_check",
     .summary =
         "a walk that ends in another bucket is not begun again, as before 8dbd76e79a16 (2019)",
     .expected = Kind::kBugOn,
     .rules = &kNoChainCheck},
    {.name = "no_section",
     .summary = "the lookup is outside of any read-side section",
     .expected = Kind::kAccessOutsideRcu,
     .also = kUnprotected,
     .rules = &kNoSection},
    {.name = "no_insert_lock",
     .summary = "an entry is put into its chain without the bucket's lock",
     .expected = Kind::kLeak,
     .also = kLostLinks,
     .rules = &kNoInsertLock},
    {.name = "count_before_key",
     .summary = "the count is set before the key, as before 47e1c323069b (2009)",
     .expected = Kind::kRecycledObject,
     .also = kStrangerToo,
     .rules = &kCountFirst},
    {.name = "confirmed_before_chain",
     .summary =
         "CONFIRMED before the entry is in its chain, CVE-2025-38472, as before 2d72afb34065",
     .expected = Kind::kBugOn,
     .rules = &kConfirmedFirst},
    {.name = "chain_reset_on_reuse",
     .summary =
         "what is set up anew loses its place in the chain at once, as before 941297f443f8 (2009)",
     .expected = Kind::kBugOn,
     .rules = &kZeroed},
    {.name = "looks_before_pin",
     .summary = "an entry is judged expired before it is pinned, and may be another by then",
     .expected = Kind::kBugOn,
     .rules = &kLooksFirst},
    {.name = "no_claim",
     .summary = "two may take an entry out at once",
     .expected = Kind::kBugOn,
     .rules = &kNoClaim},
    {.name = "weak_fixed", .summary = "fixed on weak memory", .rules = &kAll, .memory = kWeak},
    {.name = "weak_count_before_key",
     .summary = "m10: the count is set after the key, by a store that orders nothing, as before "
                "941297f443f8",
     .expected = Kind::kRecycledObject,
     .also = kStrangerToo,
     .rules = &kCountUnordered,
     .memory = kWeak},
    {.name = "weak_chain_unordered",
     .summary = "an entry is put into its chain by WRITE_ONCE, not rcu_assign_pointer",
     .expected = Kind::kUseAfterFree,
     .rules = &kChainUnordered,
     .memory = kWeak},
    {.name = "weak_inc_relaxed",
     .summary = "the reference is taken by a relaxed increment, as before 0ed8f619b412 (2022)",
     .expected = Kind::kRecycledObject,
     .also = kStrangerToo,
     .rules = &kIncRelaxed,
     .memory = kWeak},
    {.name = "count_unordered",
     .summary = "weak_count_before_key on sequentially consistent memory",
     .rules = &kCountUnordered},
    {.name = "inc_relaxed",
     .summary = "weak_inc_relaxed on sequentially consistent memory",
     .rules = &kIncRelaxed},
};

}  // namespace revenant::nf_conntrack_subject
