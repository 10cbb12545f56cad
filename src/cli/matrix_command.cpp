#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/job_process.h"
#include "report/json_report.h"
#include "run/matrix.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kDefaultSeconds = 60;

std::string_view expected_of(const MatrixRow& row) {
  return row.expected ? name_of(*row.expected) : "clean";
}

std::string found_of(const MatrixRow& row) {
  if (row.unexpected) return std::string(name_of(*row.unexpected));
  if (row.crashed) return "crash";
  if (row.executions.empty()) return "not finished";
  if (!row.expected) return row.ok ? "clean" : "not finished";
  return row.seeds_found > 0 ? std::string(expected_of(row)) : "nothing";
}

std::string_view verdict_of(const MatrixRow& row) { return row.ok ? "ok" : "NOT OK"; }

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
                           row.seconds, verdict_of(row))
            << std::flush;
}

// --- The native engine: each variant in a process of its own, since a mutant may crash ---

std::string packed(const Target& target, const MatrixRow& row) {
  const OpTable table(target.subject->ops);
  ordered_json document{{"executions", row.executions.front()},
                        {"seeds_found", row.seeds_found},
                        {"unexpected", nullptr},
                        {"schedule", to_text(row.unexpected_schedule, target.subject->name, table)},
                        {"seconds", row.seconds},
                        {"ok", row.ok}};
  if (row.unexpected) document["unexpected"] = name_of(*row.unexpected);
  return document.dump();
}

MatrixRow unpacked(const Target& target, const std::string& text) {
  const ordered_json document = ordered_json::parse(text);
  MatrixRow row{
      .variant = target.variant,
      .expected = target.variant->expected,
      .seeds_found = document["seeds_found"].get<std::uint32_t>(),
      .unexpected = std::nullopt,
      .unexpected_schedule = read_either(document["schedule"].get<std::string>(),
                                         target.subject->name, OpTable(target.subject->ops)),
      .executions = {document["executions"].get<std::uint64_t>()},
      .seconds = document["seconds"].get<double>(),
      .ok = document["ok"].get<bool>()};
  if (!document["unexpected"].is_null()) {
    row.unexpected = finding_kind_of(document["unexpected"].get<std::string>());
  }
  return row;
}

MatrixRow row_on_threads(Keeper& keeper, const Target& target, const MatrixOptions& options) {
  const SearchLimits limits{
      .seconds = std::chrono::seconds(options.seconds > 0 ? options.seconds : kDefaultSeconds)};
  JobProcess job([&] {
    EngineMachine machine(options.engine);
    return packed(target,
                  try_variant(*machine.runner(*target.subject, *target.variant), limits,
                              parse_policy(options.policy), [] { return !was_interrupted(); }));
  });
  job.finish();
  if (!job.crashed() && !job.failure()) return unpacked(target, job.result());
  keeper.note(job.failure());
  MatrixRow row{.variant = target.variant,
                .expected = target.variant->expected,
                .unexpected = std::nullopt,
                .executions = {}};
  row.crashed = job.crashed();
  row.ok = row.crashed && target.variant->expected.has_value();
  return row;
}

MatrixRow row_of(std::optional<sim::Machine>& machine, Keeper& keeper, const Target& target,
                 const MatrixOptions& options, const MatrixLimits& limits) {
  if (!machine) return row_on_threads(keeper, target, options);
  return judge_variant(*machine, *target.subject, *target.variant, limits,
                       [] { return !was_interrupted(); });
}

// What nobody declared is to be looked at.
void keep_unexpected(Keeper& keeper, const Target& target, const MatrixRow& row,
                     const std::string& folder, const EngineOptions& engine) {
  if (!row.unexpected || row.ok) return;  // On threads a mutant may show anything first.
  const OpTable table(target.subject->ops);
  const std::string path =
      finding_stem(folder, target, *row.unexpected, row.unexpected_schedule) + ".schedule";
  keeper.write(path, to_text(row.unexpected_schedule, target.subject->name, table));
  std::cerr << fmt::format("revenant: {}/{} does not declare {}: {}{}\n", target.subject->name,
                           target.variant->name, name_of(*row.unexpected), path,
                           as_arguments(engine));
}

// Throws UserError for options that do not go together.
MatrixLimits limits_of(const MatrixOptions& options) {
  const EngineMachine machine(options.engine);
  if (options.seconds > 0 && !machine.is_native()) {
    throw UserError("--time is for --engine native; the sim engine counts --seeds and --runs");
  }
  const MatrixOptions unset{};
  if (machine.is_native() && (options.seeds != unset.seeds || options.runs != unset.runs ||
                              options.clean_runs != unset.clean_runs)) {
    throw UserError(
        "--seeds, --runs and --clean-runs are for the sim engine; on threads it is --time");
  }
  return {.seeds = options.seeds,
          .executions = options.runs,
          .clean_executions = options.clean_runs,
          .memory = machine.memory(),
          .policy = parse_policy(options.policy)};
}

}  // namespace

int matrix_command(Subjects subjects, const MatrixOptions& options) {
  const MatrixLimits limits = limits_of(options);
  const Target only = options.subject.empty() ? Target{} : parse_target(subjects, options.subject);
  const bool one_variant = options.subject.find('/') != std::string::npos;
  catch_interrupts();
  prepare_folder(options.artifacts);
  ordered_json document{{"rows", ordered_json::array()}};
  // Not where threads run: TSan takes fibers for threads, and allows no new ones after a fork of
  // many.
  std::optional<sim::Machine> machine;
  if (options.engine.engine == "sim") machine.emplace();
  bool all_ok = true;
  Keeper keeper;
  for (const Subject* const subject : subjects) {
    if (only.subject != nullptr && only.subject != subject) continue;
    if (was_interrupted()) break;
    if (!options.json) {
      std::cout << fmt::format("{}\n{:<28} {:<22} {:<22} {:>5} {:>9} {:>9} {:>9} {:>8}\n",
                               subject->name, "variant", "expected", "found", "seeds", "min",
                               "median", "max", "seconds");
    }
    for (const Variant& variant : subject->variants) {
      if (one_variant && &variant != only.variant) continue;
      const std::string name = fmt::format("{}/{}", subject->name, variant.name);
      set_crash_context(fmt::format("{}: `revenant fuzz {}{}{}` with --seed 1 to {} repeats it",
                                    name, name, as_arguments(parse_policy(options.policy)),
                                    as_arguments(options.engine), options.seeds));
      const MatrixRow row = row_of(machine, keeper, {subject, &variant}, options, limits);
      all_ok &= row.ok;
      document["rows"].push_back(row_json(row));
      if (!options.json) print_row(row);
      keep_unexpected(keeper, {subject, &variant}, row, options.artifacts, options.engine);
      if (was_interrupted()) break;
    }
  }
  const bool interrupted = was_interrupted();
  document["interrupted"] = interrupted;
  if (options.json) {
    std::cout << json_text(document) << "\n";
  } else if (interrupted) {
    std::cout << "interrupted: what follows was not searched, and the last row perhaps less\n";
  }
  keeper.throw_error();
  return all_ok && !interrupted ? kExitClean : kExitFinding;
}

}  // namespace revenant
