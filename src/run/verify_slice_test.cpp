#include "run/verify_slice.h"

#include <gtest/gtest.h>

namespace revenant {
namespace {

TEST(VerifySlice, ItsShareIsThatOfTheLeavesFromItsNextOneOn) {
  EXPECT_EQ(share_of({}), 1);
  EXPECT_EQ(share_of({.path = {{.answer = 1, .count = 2}}}), 0.5);
  EXPECT_EQ(share_of({.path = {{.answer = 1, .count = 4}, {.answer = 1, .count = 2}}}), 0.625);
  EXPECT_EQ(share_of({.path = {{.answer = 1, .count = 4}, {.answer = 1, .count = 2}}, .fixed = 1}),
            0.125);
}

TEST(VerifySlice, CutInTwoTheFirstKeepsTheBranchThatIsUnderWay) {
  const VerifySlice whole{.path = {{1, 2}, {0, 3}, {1, 2}}};
  VerifySlice first = whole;
  const std::optional<VerifySlice> rest = cut_off(first);
  ASSERT_TRUE(rest);
  EXPECT_EQ(first, (VerifySlice{.path = whole.path, .fixed = 2}));
  EXPECT_EQ(*rest, (VerifySlice{.path = {{1, 2}, {1, 3}}, .fixed = 1}));
  EXPECT_DOUBLE_EQ(share_of(first) + share_of(*rest), share_of(whole));
}

TEST(VerifySlice, WithoutAnotherBranchItCannotBeCut) {
  VerifySlice last{.path = {{0, 2}, {1, 2}}, .fixed = 1};
  EXPECT_FALSE(cut_off(last));
  VerifySlice unknown;
  EXPECT_FALSE(cut_off(unknown));
}

}  // namespace
}  // namespace revenant
