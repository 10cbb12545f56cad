// Benchmarks by name, each a loop of Google Benchmark, and what measuring them gives.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "subjects/subject.h"

namespace revenant::bench {

// What a benchmark counts with State::SetItemsProcessed, and how that is told.
enum class Unit : std::uint8_t { kSchedulesPerSecond, kExecutionsPerSecond, kNanoseconds };

struct Benchmark {
  std::string name;
  Unit unit{};
  std::function<void(benchmark::State&)> run;
};

struct Result {
  std::string name;
  double value = 0;
  std::string_view unit;
};

// Of the CPU time of this process, so that what else runs matters less.
struct MeasureOptions {
  double seconds = 1;    // For each benchmark, after it was found how many turns that is.
  std::string filter{};  // A regular expression for names; empty is all.
};

// In the order of the list. Calls `told` with each result as soon as it is there. Keeps state of
// the whole process: one call at a time.
std::vector<Result> measure(const std::vector<Benchmark>& benchmarks, const MeasureOptions& options,
                            const std::function<void(const Result&)>& told = {});

// The benchmarks there are. Those of schedules and searches are of the subject.
void add_engine_benchmarks(std::vector<Benchmark>& list);
void add_primitive_benchmarks(std::vector<Benchmark>& list);
void add_growth_benchmarks(std::vector<Benchmark>& list, const Subject& subject);
void add_search_benchmarks(std::vector<Benchmark>& list, const Subject& subject);

}  // namespace revenant::bench
