#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <regex>
#include <stop_token>
#include <thread>

#include "base/sanitizer_name.h"
#include "bench/measure.h"
#include "bench/search_figures.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/interrupt.h"
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

std::string row_text(const Result& result) {
  return fmt::format("| {} | {} | {} | {} |\n", result.name, value_text(result), result.unit,
                     sanitizer_name());
}

// What is measured, told as it comes: as text at once, or else as one document. A benchmark is not
// to be kept from its work by looking for interrupts, so a thread does: it tells what there is, and
// ends the process.
class Results {
 public:
  explicit Results(bool as_json) : as_json_(as_json) {}

  void print(std::string_view text) {
    const std::lock_guard guard(telling_);
    if (!as_json_) std::cout << text << std::flush;
  }
  void add(ordered_json result) {
    const std::lock_guard guard(telling_);
    document_["results"].push_back(std::move(result));
  }
  // That is all.
  void finish() {
    listener_.request_stop();
    listener_.join();
    print_end(false);
  }

 private:
  void listen(const std::stop_token& finished) {
    constexpr std::chrono::milliseconds kBetweenLooks{20};
    for (; !finished.stop_requested(); std::this_thread::sleep_for(kBetweenLooks)) {
      if (!was_interrupted()) continue;
      const std::lock_guard guard(telling_);
      print_end(true);
      std::cout.flush();
      ::_exit(kExitFinding);
    }
  }

  void print_end(bool interrupted) {
    document_["interrupted"] = interrupted;
    if (as_json_) {
      std::cout << json_text(document_) << "\n";
    } else if (interrupted) {
      std::cout << "interrupted: what follows was not measured\n";
    }
  }

  bool as_json_;
  std::mutex telling_;
  ordered_json document_{{"machine", machine_json()}, {"results", ordered_json::array()}};
  // Last, for it uses the others.
  std::jthread listener_{[this](const std::stop_token& finished) { listen(finished); }};
};

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

std::string head_text(std::string_view subject, std::span<const SearchPolicy> policies) {
  std::string text = fmt::format("| variant of {} |", subject);
  for (const SearchPolicy policy : policies) text += fmt::format(" {} |", name_of(policy));
  text += "\n| --- |";
  for (std::size_t i = 0; i < policies.size(); ++i) text += " ---: |";
  return text + "\n";
}

std::string cell_text(const SearchFigure& figure, const BenchOptions& options) {
  const bool is_median = 2 * figure.seeds_found > options.seeds;
  return fmt::format("{}{} ({}/{})", is_median ? "" : "> ", figure.median_executions,
                     figure.seeds_found, options.seeds);
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

std::vector<SearchFigure> measure_searches(const Subject& subject,
                                           std::span<const SearchPolicy> policies,
                                           const BenchOptions& options, Results& results) {
  sim::Machine machine;
  std::vector<SearchFigure> figures;
  for (const Variant& variant : subject.variants) {
    if (!variant.expected) continue;
    std::string row = fmt::format("| {} |", variant.name);
    for (const SearchPolicy policy : policies) {
      figures.push_back(bench::measure_search(
          machine, subject, variant, policy, {.seeds = options.seeds, .executions = options.runs}));
      results.add(result_json(subject, figures.back(), options));
      row += fmt::format(" {} |", cell_text(figures.back(), options));
    }
    results.print(row + "\n");
  }
  return figures;
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
                  const BenchOptions& options, Results& results) {
  const std::vector<SearchFigure> figures = measure_searches(subject, policies, options, results);
  std::string row = "| geometric mean of medians |";
  for (const SearchPolicy policy : policies) {
    const double mean = bench::geometric_mean(figures, policy);
    row += fmt::format(" {:.1f} |", mean);
    results.add(
        {{"name", fmt::format("search/{}/geometric_mean/{}", subject.name, name_of(policy))},
         {"value", mean},
         {"unit", "executions"},
         {"sanitizer", sanitizer_name()}});
  }
  results.print(row + "\n\n");
}

int bench_searches(Subjects subjects, const BenchOptions& options) {
  if (!options.filter.empty())
    throw UserError("--filter is for benchmarks, and not for --searches");
  const std::vector<SearchPolicy> policies = policies_of(options);
  catch_interrupts();
  Results results(options.json);
  for (const Subject* const subject : subjects) {
    results.print(head_text(subject->name, policies));
    add_searches(*subject, policies, options, results);
  }
  results.finish();
  return kExitClean;
}

}  // namespace

int bench_command(Subjects subjects, const BenchOptions& options) {
  if (options.searches) return bench_searches(subjects, options);
  const std::vector<bench::Benchmark> list = all_benchmarks(subjects);
  check_filter(list, options.filter);
  catch_interrupts();
  Results results(options.json);
  results.print("| name | value | unit | sanitizer |\n| --- | ---: | --- | --- |\n");
  measure(list, {.seconds = static_cast<double>(options.seconds), .filter = options.filter},
          [&](const Result& result) {
            results.add(to_json(result));
            results.print(row_text(result));
          });
  results.finish();
  return kExitClean;
}

}  // namespace revenant
