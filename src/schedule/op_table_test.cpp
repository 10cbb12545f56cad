#include "schedule/op_table.h"

#include <gtest/gtest.h>

#include <set>

#include "schedule/fake_ops.h"

namespace revenant {
namespace {

TEST(OpTable, NumbersEveryOpWithEveryArgumentOnceAndWithoutGaps) {
  const OpTable table(kFakeOps);
  ASSERT_EQ(table.size(), kFakeOpNumbers);
  std::set<std::string> texts;
  for (std::uint32_t number = 0; number < table.size(); ++number) {
    const OpCall call = table.call(number);
    EXPECT_TRUE(is_call_of(table, call)) << number;
    EXPECT_EQ(table.number(call), number);
    texts.insert(to_text(table, call));
  }
  EXPECT_EQ(texts.size(), kFakeOpNumbers) << "two numbers are the same op";
}

TEST(OpTable, RoundTripsTablesWithMoreThan256Numbers) {
  const OpTable table(kWideOps);
  ASSERT_EQ(table.size(), kWideOpNumbers);
  for (std::uint32_t number = 0; number < table.size(); ++number) {
    EXPECT_EQ(table.number(table.call(number)), number);
  }
}

TEST(OpTable, WritesAnOpAsItsNameAndItsArguments) {
  const OpTable table(kFakeOps);
  EXPECT_EQ(to_text(table, {.op = 0}), "idle");
  EXPECT_EQ(to_text(table, {.op = 1, .arguments = {2}}), "lock page2");
  EXPECT_EQ(to_text(table, {.op = 2, .arguments = {1, 3}}), "lock_in page1 slot3");
}

}  // namespace
}  // namespace revenant
