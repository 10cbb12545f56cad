// What a person sees of a search while it goes on: one line on stderr, drawn anew some times a
// second; or, where stderr is no terminal, a line now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "run/search.h"

namespace revenant {

enum class View : std::uint8_t { kNone, kLine, kLog };

// Of all jobs together.
struct FuzzProgress {
  std::uint64_t executions = 0;
  std::uint64_t features = 0;
  std::uint64_t corpus = 0;
  std::uint64_t findings = 0;  // Jobs that have ended with one.
};

struct FuzzMoment {
  FuzzProgress now;
  double seconds = 0;            // Since the start.
  double since_new = 0;          // Since there was a new feature.
  std::optional<double> left{};  // Until the search ends at the latest.
};

// At most `width` characters: of its parts the last ones are left out where they do not fit.
std::string status_text(const FuzzMoment& moment, std::size_t width);

// "59 s", "2 min 05 s", "3 h 07 min"
std::string duration_text(double seconds);

class FuzzView {
 public:
  FuzzView(View view, const SearchLimits& limits) : view_(view), limits_(limits) {}
  // Clears the line.
  ~FuzzView();
  FuzzView(const FuzzView&) = delete;
  FuzzView& operator=(const FuzzView&) = delete;

  // To be called often.
  void update(const FuzzProgress& now);

 private:
  using Clock = std::chrono::steady_clock;

  FuzzMoment moment_of(const FuzzProgress& now, double seconds) const;

  View view_;
  SearchLimits limits_;
  Clock::time_point start_ = Clock::now();
  std::uint64_t features_ = 0;
  double new_at_ = 0;  // Seconds since the start.
  double next_ = 0;
  double between_logs_ = 2;
  bool is_open_ = false;
};

}  // namespace revenant
