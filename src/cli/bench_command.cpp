#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/measure.h"
#include "cli/commands.h"
#include "cli/files.h"

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
          {"sanitizer", bench::sanitizer_name()}};
}

std::string value_text(const Result& result) {
  const int digits = result.unit == "ns" ? 1 : 0;
  return fmt::format("{:.{}f}", result.value, digits);
}

void print_row(const Result& result) {
  std::cout << fmt::format("| {} | {} | {} | {} |\n", result.name, value_text(result), result.unit,
                           bench::sanitizer_name())
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

}  // namespace

int bench_command(Subjects subjects, const BenchOptions& options) {
  const std::vector<bench::Benchmark> list = all_benchmarks(subjects);
  if (!options.json)
    std::cout << "| name | value | unit | sanitizer |\n| --- | ---: | --- | --- |\n";
  const std::vector<Result> results =
      measure(list, {.seconds = static_cast<double>(options.seconds), .filter = options.filter},
              [&](const Result& result) {
                if (!options.json) print_row(result);
              });
  if (results.empty()) {
    throw UserError(
        fmt::format("--filter: no benchmark matches the regular expression '{}'", options.filter));
  }
  if (options.json) {
    ordered_json document{{"machine", machine_json()}, {"results", ordered_json::array()}};
    for (const Result& result : results) document["results"].push_back(to_json(result));
    std::cout << document.dump(2) << "\n";
  }
  return kExitClean;
}

}  // namespace revenant
