#include <fmt/format.h>

#include <iostream>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/interrupt.h"
#include "report/json_report.h"
#include "run/matrix.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

std::string_view expected_of(const MatrixRow& row) {
  return row.variant->expected ? name_of(*row.variant->expected) : "clean";
}

std::string found_of(const MatrixRow& row) {
  if (row.unexpected) return std::string(name_of(*row.unexpected));
  if (!row.variant->expected) return row.ok ? "clean" : "not finished";
  return row.seeds_found > 0 ? std::string(expected_of(row)) : "nothing";
}

std::uint64_t executions_at(const MatrixRow& row, std::size_t numerator) {
  return row.executions.empty() ? 0 : row.executions[(row.executions.size() - 1) * numerator / 2];
}

ordered_json row_json(const MatrixRow& row) {
  return {{"variant", row.variant->name},
          {"expected", expected_of(row)},
          {"found", found_of(row)},
          {"seeds_found", row.seeds_found},
          {"executions",
           {{"min", executions_at(row, 0)},
            {"median", executions_at(row, 1)},
            {"max", executions_at(row, 2)}}},
          {"seconds", row.seconds},
          {"ok", row.ok}};
}

void print_row(const MatrixRow& row) {
  std::cout << fmt::format("{:<28} {:<22} {:<22} {:>5} {:>9} {:>9} {:>9} {:>8.1f}  {}\n",
                           row.variant->name, expected_of(row), found_of(row), row.seeds_found,
                           executions_at(row, 0), executions_at(row, 1), executions_at(row, 2),
                           row.seconds, row.ok ? "ok" : "NOT OK")
            << std::flush;
}

}  // namespace

int matrix_command(Subjects subjects, const MatrixOptions& options) {
  const Target only = options.subject.empty() ? Target{} : parse_target(subjects, options.subject);
  const bool one_variant = options.subject.find('/') != std::string::npos;
  const MatrixLimits limits{
      .seeds = options.seeds, .executions = options.runs, .clean_executions = options.clean_runs};
  catch_interrupts();
  ordered_json document{{"rows", ordered_json::array()}};
  sim::Machine machine;
  bool all_ok = true;
  for (const Subject* const subject : subjects) {
    if (only.subject != nullptr && only.subject != subject) continue;
    if (!options.json) {
      std::cout << fmt::format("{}\n{:<28} {:<22} {:<22} {:>5} {:>9} {:>9} {:>9} {:>8}\n",
                               subject->name, "variant", "expected", "found", "seeds", "min",
                               "median", "max", "seconds");
    }
    for (const Variant& variant : subject->variants) {
      if (one_variant && &variant != only.variant) continue;
      const std::string name = fmt::format("{}/{}", subject->name, variant.name);
      set_crash_context(fmt::format("{}: `revenant fuzz {}` with --seed 1 to {} repeats it", name,
                                    name, options.seeds));
      const MatrixRow row =
          judge_variant(machine, *subject, variant, limits, [] { return !was_interrupted(); });
      all_ok &= row.ok;
      document["rows"].push_back(row_json(row));
      if (!options.json) print_row(row);
      if (was_interrupted()) break;
    }
  }
  if (options.json) std::cout << document.dump(2) << "\n";
  return all_ok ? kExitClean : kExitFinding;
}

}  // namespace revenant
