#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "base/sanitizer_name.h"
#include "bench/measure.h"
#include "bench/search_figures.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "report/json_report.h"

namespace revenant {
namespace {

using bench::Result;
using nlohmann::ordered_json;

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

ordered_json machine_json() {
  utsname system{};
  ::uname(&system);
  return {{"processor", processor_name()},
          {"cores", std::thread::hardware_concurrency()},
          {"system", fmt::format("{} {}", system.sysname, system.release)},
          {"compiler", __VERSION__}};
}

ordered_json to_json(const Result& result) {
  return {{"name", result.name},
          {"value", result.value},
          {"unit", result.unit},
          {"sanitizer", sanitizer_name()}};
}

std::string value_text(const Result& result) {
  const int digits = result.unit == "ns" ? 1 : 0;
  return fmt::format("{:.{}f}", result.value, digits);
}

void print_row(const Result& result) {
  std::cout << fmt::format("| {} | {} | {} | {} |\n", result.name, value_text(result), result.unit,
                           sanitizer_name())
            << std::flush;
}

std::vector<bench::Benchmark> all_benchmarks(Subjects subjects) {
  std::vector<bench::Benchmark> list;
  bench::add_engine_benchmarks(list);
  bench::add_primitive_benchmarks(list);
  for (const Subject* const subject : subjects) {
    bench::add_search_benchmarks(list, *subject);
  }
  bench::add_growth_benchmarks(list, *subjects.front());
  return list;
}

// --- How soon searches find, by variant and policy ---

using bench::SearchFigure;

std::vector<SearchPolicy> policies_of(const BenchOptions& options) {
  if (!options.policy.empty()) return {parse_policy(options.policy)};
  const auto all = all_search_policies();
  return {all.begin(), all.end()};
}

void print_head(std::string_view subject, std::span<const SearchPolicy> policies) {
  std::cout << fmt::format("| variant of {} |", subject);
  for (const SearchPolicy policy : policies) std::cout << fmt::format(" {} |", name_of(policy));
  std::cout << "\n| --- |";
  for (std::size_t i = 0; i < policies.size(); ++i) std::cout << " ---: |";
  std::cout << "\n";
}

std::string cell_text(const SearchFigure& figure, const BenchOptions& options) {
  const bool is_median = 2 * figure.seeds_found > options.seeds;
  return fmt::format("{}{} ({}/{})", is_median ? "" : "> ", figure.median_executions,
                     figure.seeds_found, options.seeds);
}

std::vector<SearchFigure> measure_searches(const Subject& subject,
                                           std::span<const SearchPolicy> policies,
                                           const BenchOptions& options) {
  sim::Machine machine;
  std::vector<SearchFigure> figures;
  for (const Variant& variant : subject.variants) {
    if (!variant.expected) continue;
    std::string row = fmt::format("| {} |", variant.name);
    for (const SearchPolicy policy : policies) {
      figures.push_back(bench::measure_search(
          machine, subject, variant, policy, {.seeds = options.seeds, .executions = options.runs}));
      row += fmt::format(" {} |", cell_text(figures.back(), options));
    }
    if (!options.json) std::cout << row << "\n" << std::flush;
  }
  return figures;
}

ordered_json result_json(const Subject& subject, const SearchFigure& figure,
                         const BenchOptions& options) {
  return {{"name",
           fmt::format("search/{}/{}/{}", subject.name, figure.variant, name_of(figure.policy))},
          {"value", figure.median_executions},
          {"unit", "executions"},
          {"sanitizer", sanitizer_name()},
          {"seeds_found", figure.seeds_found},
          {"seeds", options.seeds},
          {"limit", options.runs}};
}

void check_filter(const std::vector<bench::Benchmark>& list, const std::string& filter) {
  try {
    const std::regex expression(filter);
    const auto matches = [&](const bench::Benchmark& one) {
      return std::regex_search(one.name, expression);
    };
    if (std::ranges::any_of(list, matches)) return;
  } catch (const std::regex_error&) {
    throw UserError(fmt::format("--filter: expected a regular expression, not '{}'", filter));
  }
  throw UserError(
      fmt::format("--filter: no benchmark matches the regular expression '{}'", filter));
}

void add_searches(const Subject& subject, std::span<const SearchPolicy> policies,
                  const BenchOptions& options, ordered_json& results) {
  const std::vector<SearchFigure> figures = measure_searches(subject, policies, options);
  for (const SearchFigure& figure : figures) {
    results.push_back(result_json(subject, figure, options));
  }
  std::string row = "| geometric mean of medians |";
  for (const SearchPolicy policy : policies) {
    const double mean = bench::geometric_mean(figures, policy);
    row += fmt::format(" {:.1f} |", mean);
    results.push_back(
        {{"name", fmt::format("search/{}/geometric_mean/{}", subject.name, name_of(policy))},
         {"value", mean},
         {"unit", "executions"},
         {"sanitizer", sanitizer_name()}});
  }
  if (!options.json) std::cout << row << "\n\n";
}

int bench_searches(Subjects subjects, const BenchOptions& options) {
  if (!options.filter.empty())
    throw UserError("--filter is for benchmarks, and not for --searches");
  const std::vector<SearchPolicy> policies = policies_of(options);
  ordered_json document{{"machine", machine_json()}, {"results", ordered_json::array()}};
  for (const Subject* const subject : subjects) {
    if (!options.json) print_head(subject->name, policies);
    add_searches(*subject, policies, options, document["results"]);
  }
  if (options.json) std::cout << json_text(document) << "\n";
  return kExitClean;
}

}  // namespace

int bench_command(Subjects subjects, const BenchOptions& options) {
  if (options.searches) return bench_searches(subjects, options);
  const std::vector<bench::Benchmark> list = all_benchmarks(subjects);
  check_filter(list, options.filter);
  if (!options.json)
    std::cout << "| name | value | unit | sanitizer |\n| --- | ---: | --- | --- |\n";
  const std::vector<Result> results =
      measure(list, {.seconds = static_cast<double>(options.seconds), .filter = options.filter},
              [&](const Result& result) {
                if (!options.json) print_row(result);
              });
  if (options.json) {
    ordered_json document{{"machine", machine_json()}, {"results", ordered_json::array()}};
    for (const Result& result : results) document["results"].push_back(to_json(result));
    std::cout << json_text(document) << "\n";
  }
  return kExitClean;
}

}  // namespace revenant
