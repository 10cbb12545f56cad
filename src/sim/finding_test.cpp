#include "sim/finding.h"

#include <gtest/gtest.h>

#include <set>

namespace revenant {

class Table {
 public:
  static Site look_up(int /*key*/) { return Site::current(); }
};
Site* on_heap() {
  static Site site;
  site = Site::current();
  return &site;
}
template <int kNumber>
Site instance() {
  return Site::current();
}

namespace {

Site in_nameless_namespace() { return Site::current(); }

TEST(Finding, EveryKindHasANameOfItsOwnThatLeadsBackToIt) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(FindingKind::kUbsan); ++i) {
    const auto kind = static_cast<FindingKind>(i);
    names.insert(name_of(kind));
    EXPECT_EQ(finding_kind_of(name_of(kind)), kind);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(FindingKind::kUbsan) + 1);
  EXPECT_EQ(finding_kind_of("no such kind"), std::nullopt);
}

TEST(Finding, AFunctionIsKnownByItsBareName) {
  EXPECT_EQ(function_of(Table::look_up(1)), "look_up");
  EXPECT_EQ(function_of(*on_heap()), "on_heap");
}

TEST(Finding, AFunctionOfANamelessNamespaceHasAName) {
  EXPECT_EQ(function_of(in_nameless_namespace()), "in_nameless_namespace");
}

TEST(Finding, TheInstancesOfATemplateHaveOneName) {
  EXPECT_EQ(function_of(instance<1>()), "instance");
  EXPECT_EQ(function_of(instance<1>()), function_of(instance<2>()));
}

TEST(Finding, ALambdaHasTheNameOfTheFunctionAroundIt) {
  const auto lambda = [] { return Site::current(); };
  EXPECT_EQ(function_of(lambda()), "TestBody");
}

TEST(Finding, AnUnknownPlaceHasNoFunction) { EXPECT_EQ(function_of(Site{}), ""); }

TEST(FindingKinds, OnlyWhatASanitizerMayMissTheSecondTimeMayBeSeenOnce) {
  EXPECT_TRUE(may_be_seen_once(FindingKind::kDataRace));
  EXPECT_TRUE(may_be_seen_once(FindingKind::kUbsan));
  EXPECT_FALSE(may_be_seen_once(FindingKind::kAsan));
  EXPECT_FALSE(may_be_seen_once(FindingKind::kRecycledObject));
}

}  // namespace
}  // namespace revenant
