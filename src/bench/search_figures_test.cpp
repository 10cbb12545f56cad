#include "bench/search_figures.h"

#include <gtest/gtest.h>

#include <array>

namespace revenant::bench {
namespace {

TEST(SearchFigures, TheGeometricMeanIsOfOnePolicy) {
  const std::array figures{
      SearchFigure{.variant = "a", .policy = SearchPolicy::kDefault, .median_executions = 4},
      SearchFigure{.variant = "a", .policy = SearchPolicy::kFresh, .median_executions = 1000},
      SearchFigure{.variant = "b", .policy = SearchPolicy::kDefault, .median_executions = 9}};
  EXPECT_NEAR(geometric_mean(figures, SearchPolicy::kDefault), 6, 1e-9);
  EXPECT_NEAR(geometric_mean(figures, SearchPolicy::kFresh), 1000, 1e-9);
}

}  // namespace
}  // namespace revenant::bench
