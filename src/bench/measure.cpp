#include "bench/measure.h"

#include <algorithm>
#include <memory>
#include <sstream>

namespace revenant::bench {
namespace {

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kSchedulesPerSecond:
      return "schedules/s";
    case Unit::kExecutionsPerSecond:
      return "executions/s";
    case Unit::kNanoseconds:
      return "ns";
  }
  return "";
}

class Loop final : public benchmark::internal::Benchmark {
 public:
  explicit Loop(const bench::Benchmark& what) : Benchmark(what.name.c_str()), what_(what) {}
  void Run(benchmark::State& state) override { what_.run(state); }

 private:
  const bench::Benchmark& what_;
};

class Reporter final : public benchmark::BenchmarkReporter {
 public:
  Reporter(const std::vector<Benchmark>& benchmarks, const std::function<void(const Result&)>& told)
      : benchmarks_(benchmarks), told_(told) {
    SetOutputStream(&nowhere_);
    SetErrorStream(&nowhere_);
  }

  bool ReportContext(const Context& /*context*/) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) add(run);
  }

  std::vector<Result> take() { return std::move(results_); }

 private:
  void add(const Run& run) {
    const auto benchmark = std::ranges::find(benchmarks_, run.run_name.function_name,
                                             [](const Benchmark& b) { return b.name; });
    const double per_second = run.counters.at("items_per_second");
    const bool is_time = benchmark->unit == Unit::kNanoseconds;
    results_.push_back({.name = benchmark->name,
                        .value = is_time ? 1e9 / per_second : per_second,
                        .unit = name_of(benchmark->unit)});
    if (told_) told_(results_.back());
  }

  const std::vector<Benchmark>& benchmarks_;
  const std::function<void(const Result&)>& told_;
  std::vector<Result> results_;
  std::ostringstream nowhere_;
};

}  // namespace

std::vector<Result> measure(const std::vector<Benchmark>& benchmarks, const MeasureOptions& options,
                            const std::function<void(const Result&)>& told) {
  constexpr double kShortest = 0.001;
  benchmark::ClearRegisteredBenchmarks();
  for (const Benchmark& b : benchmarks) {
    // The library owns it until they are cleared, which the analyzer cannot see; it complains where
    // the name goes out of scope.
    auto loop = std::make_unique<Loop>(b);
    // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
    benchmark::internal::RegisterBenchmarkInternal(loop.release())
        ->MinTime(std::max(options.seconds, kShortest));
  }
  // NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)
  Reporter reporter(benchmarks, told);
  benchmark::RunSpecifiedBenchmarks(&reporter, options.filter.empty() ? "." : options.filter);
  benchmark::ClearRegisteredBenchmarks();
  return reporter.take();
}

}  // namespace revenant::bench
