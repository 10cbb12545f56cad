#include "bench/measure.h"

#include <gmock/gmock.h>

namespace revenant::bench {
namespace {

using testing::ElementsAre;
using testing::Field;

void take_turns(benchmark::State& state) {
  std::int64_t items = 0;
  for ([[maybe_unused]] auto turn : state) {
    for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(items);
    items += 10;
  }
  state.SetItemsProcessed(items);
}

const std::vector<Benchmark> kTwo{{"a/turns", Unit::kNanoseconds, &take_turns},
                                  {"b/turns", Unit::kSchedulesPerSecond, &take_turns}};

TEST(Measure, GivesTimesAndRatesOfTheSameItems) {
  const std::vector<Result> results = measure(kTwo, {.seconds = 0.01});
  ASSERT_THAT(results,
              ElementsAre(Field(&Result::name, "a/turns"), Field(&Result::name, "b/turns")));
  EXPECT_EQ(results[0].unit, "ns");
  EXPECT_EQ(results[1].unit, "schedules/s");
  EXPECT_GT(results[0].value, 0);
  EXPECT_GT(results[1].value, 1000) << "ten items a turn of some nanoseconds";
}

TEST(Measure, RunsWhatTheFilterNamesAndTellsEachResult) {
  std::vector<std::string> told;
  const std::vector<Result> results =
      measure(kTwo, {.seconds = 0, .filter = "^b/"},
              [&](const Result& result) { told.push_back(result.name); });
  EXPECT_THAT(results, ElementsAre(Field(&Result::name, "b/turns")));
  EXPECT_THAT(told, ElementsAre("b/turns"));
}

TEST(Measure, GivesNothingWhereNothingMatches) {
  EXPECT_TRUE(measure(kTwo, {.seconds = 0, .filter = "nothing of the kind"}).empty());
  EXPECT_TRUE(measure(kTwo, {.seconds = 0, .filter = "("}).empty());
}

}  // namespace
}  // namespace revenant::bench
