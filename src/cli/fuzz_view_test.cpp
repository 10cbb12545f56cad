#include "cli/fuzz_view.h"

#include <gtest/gtest.h>

namespace revenant {
namespace {

const FuzzMoment kMoment{
    .now = {.executions = 1234567, .features = 4321, .corpus = 987, .findings = 0},
    .seconds = 100,
    .since_new = 12.7,
    .left = 83};

TEST(FuzzView, TheLineSaysHowFarTheSearchIs) {
  EXPECT_EQ(status_text(kMoment, 1000),
            "1 234 567 executions  12 345/s  no finding  1 min 23 s left  4 321 features  "
            "last new 12 s ago  corpus 987");
}

TEST(FuzzView, WhatDoesNotFitIntoTheWindowIsLeftOut) {
  EXPECT_EQ(status_text(kMoment, 62),
            "1 234 567 executions  12 345/s  no finding  1 min 23 s left");
  EXPECT_EQ(status_text(kMoment, 10), "");
}

TEST(FuzzView, FindingsAreCountedAndASearchWithoutBoundHasNoEnd) {
  FuzzMoment moment = kMoment;
  moment.now.findings = 2;
  moment.left.reset();
  EXPECT_EQ(status_text(moment, 42), "1 234 567 executions  12 345/s  findings 2");
  EXPECT_EQ(status_text(moment, 1000).find("left"), std::string::npos);
}

TEST(FuzzView, DurationsAreWrittenAsPeopleSayThem) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(59.9), "59 s");
  EXPECT_EQ(duration_text(125), "2 min 05 s");
  EXPECT_EQ(duration_text(11'220), "3 h 07 min");
}

}  // namespace
}  // namespace revenant
