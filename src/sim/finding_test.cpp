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

std::string signature(Site site) {
  return signature_of({.kind = FindingKind::kBugOn, .site = site, .text = "of anon_vma7"});
}

TEST(Finding, EveryKindHasANameOfItsOwnThatLeadsBackToIt) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(FindingKind::kUbsan); ++i) {
    const auto kind = static_cast<FindingKind>(i);
    names.insert(name_of(kind));
    EXPECT_EQ(finding_kind_of(name_of(kind)), kind);
  }
  EXPECT_EQ(names.size(), 17U);
  EXPECT_EQ(finding_kind_of("no such kind"), std::nullopt);
}

TEST(Finding, ASignatureIsKindAndBareFunction) {
  EXPECT_EQ(signature(Table::look_up(1)), "bug-on in look_up");
  EXPECT_EQ(signature(*on_heap()), "bug-on in on_heap");
}

TEST(Finding, ASignatureNamesAFunctionOfANamelessNamespace) {
  EXPECT_EQ(signature(in_nameless_namespace()), "bug-on in in_nameless_namespace");
}

TEST(Finding, ASignatureDoesNotTellTheInstancesOfATemplateApart) {
  EXPECT_EQ(signature(instance<1>()), "bug-on in instance");
  EXPECT_EQ(signature(instance<1>()), signature(instance<2>()));
}

TEST(Finding, ASignatureOfALambdaNamesTheFunctionAroundIt) {
  const auto lambda = [] { return Site::current(); };
  EXPECT_EQ(signature(lambda()), "bug-on in TestBody");
}

TEST(Finding, ASignatureWithoutAFunctionIsTheKind) { EXPECT_EQ(signature(Site{}), "bug-on"); }

}  // namespace
}  // namespace revenant
