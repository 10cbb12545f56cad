// Every variant is a test: a mutant must be found with the finding it declares, a clean one must
// stay silent. One seed here, and another where its finding is minimized; `revenant matrix` takes
// more.
#include "run/matrix.h"

#include <gtest/gtest.h>

#include "run/test_variants.h"

namespace revenant {
namespace {

class EveryVariant : public testing::TestWithParam<VariantCase> {};

TEST_P(EveryVariant, IsWhatItDeclares) {
  sim::Machine machine;
  const MatrixRow row =
      judge_variant(machine, *GetParam().subject, *GetParam().variant,
                    {.seeds = 1, .executions = 500'000, .clean_executions = 20'000});
  EXPECT_TRUE(row.ok) << row.seeds_found << " of 1 seed found it; unexpected: "
                      << (row.unexpected ? name_of(*row.unexpected) : "nothing");
}

INSTANTIATE_TEST_SUITE_P(Matrix, EveryVariant, testing::ValuesIn(all_variants()), name_of_case);

// as_posted under another declaration.
MatrixRow judge_as_posted(std::optional<FindingKind> expected, std::span<const FindingKind> also) {
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  Variant variant = *find_variant(subject, "as_posted");
  variant.expected = expected;
  variant.also = also;
  sim::Machine machine;
  return judge_variant(machine, subject, variant,
                       {.seeds = 2, .executions = 20'000, .clean_executions = 20'000});
}

TEST(Matrix, AFindingOfAnotherKindFails) {
  const MatrixRow row = judge_as_posted(FindingKind::kDataRace, {});
  EXPECT_FALSE(row.ok);
  EXPECT_EQ(row.unexpected, FindingKind::kRecycledObject);
  sim::Machine machine;
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  const std::optional<Finding> again = Runner(machine, subject, *find_variant(subject, "as_posted"))
                                           .run(row.unexpected_schedule)
                                           .finding;
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->kind, FindingKind::kRecycledObject);
}

TEST(Matrix, AFindingInACleanVariantFails) {
  const MatrixRow row = judge_as_posted(std::nullopt, {});
  EXPECT_FALSE(row.ok);
  EXPECT_EQ(row.unexpected, FindingKind::kRecycledObject);
}

TEST(Matrix, AMutantThatIsNotFoundFails) {
  constexpr FindingKind kAlso[] = {FindingKind::kRecycledObject};
  const MatrixRow row = judge_as_posted(FindingKind::kDataRace, kAlso);
  EXPECT_FALSE(row.ok);
  EXPECT_EQ(row.seeds_found, 0U);
  EXPECT_FALSE(row.unexpected.has_value());
}

}  // namespace
}  // namespace revenant
