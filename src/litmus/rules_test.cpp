// Each rule of the machine has a witness: a test that is "Never", and with the rule left out is
// not.
#include "litmus/test_files.h"

namespace revenant::litmus {
namespace {

using memory::Rule;

struct Ablation {
  Rule rule;
  const char* witness;  // In corpus/litmus/rules.
};

// For the test's name.
void PrintTo(const Ablation& ablation, std::ostream* out) { *out << ablation.witness; }

constexpr Ablation kAblations[] = {
    {Rule::kReadFloorHasCoherence, "coh-in-read-floor"},
    {Rule::kWriteFloorHasCoherence, "coh-in-write-floor"},
    {Rule::kWriteFloorHasReads, "wacq-in-write-floor"},
    {Rule::kReadBarrier, "rmb-wmb"},
    {Rule::kWriteBarrier, "rmb-wmb"},
    {Rule::kAcquire, "acquire"},
    {Rule::kReleaseIsCumulative, "release-all-cumulative"},
    {Rule::kOwnTakesCarried, "own-takes-prop"},
    {Rule::kAddressDependency, "address-dependency"},
    {Rule::kAcquireThroughDependency, "acquire-through-dependency"},
    {Rule::kSelf, "self-tracked-mode"},
    {Rule::kFenceIsGlobal, "s"},
    {Rule::kFenceTakesReads, "s-takes-what-was-read"},
    {Rule::kFenceIsRemembered, "hb-of-messages"},
    {Rule::kFenceBeforeUpdate, "rmw-first-mb"},
    {Rule::kFenceAfterUpdate, "rmw-second-mb"},
    {Rule::kReleaseSequence, "rmw-inherits-m-prop"},
    {Rule::kClosedToStores, "closed-against-stores"},
    {Rule::kClosedToUpdates, "closed-against-rmw"},
    {Rule::kUpdateAcquire, "rmw-acquire"},
    {Rule::kUpdateRelease, "rmw-release"},
    {Rule::kLockExcludes, "lock-needs-newest-0"},
    {Rule::kLockAcquires, "lock-acquires-unlock-releases"},
    {Rule::kUnlockReleases, "lock-acquires-unlock-releases"},
    {Rule::kHandOff, "hand-off-m-self"},
    {Rule::kOwnUnlockOrdersStores, "ul-own"},
    {Rule::kOwnUnlockOrdersLoads, "ul-racq"},
    {Rule::kReaderSeesGracePeriodStart, "gp-start-in-rcu-read-lock-step-1-mb"},
    {Rule::kGracePeriodBeginsWithFence, "gp-start-in-rcu-read-lock-step-1-mb"},
    {Rule::kGracePeriodWaits, "wait-set"},
    {Rule::kOnlyOutermostUnlockEnds, "outermost-unlock-only"},
    {Rule::kGracePeriodSeesReaders, "rcu-done-from-every-reader-step-2-mb"},
    {Rule::kEveryReaderIsSeen, "rcu-done-from-every-reader-step-2-mb"},
    {Rule::kGracePeriodEndsWithFence, "rcu-done-from-every-reader-step-2-mb"},
};

class LitmusRules : public testing::TestWithParam<Ablation> {};

TEST_P(LitmusRules, AreEachNeededByTheirWitness) {
  const LitmusTest test = test_named(std::string("rules/") + GetParam().witness);
  EXPECT_EQ(word_of(judge(test, {})), "Never");
  // Without reduction, which relies on the rules.
  const memory::Rules rules = memory::Rules().without(GetParam().rule);
  EXPECT_EQ(word_of(judge(test, {.reduces = false, .rules = rules})), "Sometimes");
}

INSTANTIATE_TEST_SUITE_P(Each, LitmusRules, testing::ValuesIn(kAblations), [](const auto& info) {
  return letters_of(info.param.witness) + "_" + std::to_string(static_cast<int>(info.param.rule));
});

// The freedom to put a store in the middle, which most machines do not have.
TEST(LitmusRulesTest, AppendingStoresOnlyLosesAnOutcome) {
  const LitmusTest test = test_named("rules/insertion-append-only-loses-it");
  EXPECT_EQ(word_of(judge(test, {})), "Sometimes");
  const memory::Rules append = memory::Rules().without(Rule::kStoresLandAnywhere);
  EXPECT_EQ(word_of(judge(test, {.rules = append})), "Never");
}

}  // namespace
}  // namespace revenant::litmus
