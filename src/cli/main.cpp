// revenant: fuzzes concurrent code that recycles memory under RCU.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "cli/commands.h"
#include "cli/files.h"

namespace revenant {
namespace {

using Action = std::function<int()>;

constexpr const char* kExitStatuses =
    "Exit status: 0 clean, 1 finding, 2 bad usage or unreadable input, 3 harness bug.";
constexpr const char* kTarget = "SUBJECT[/VARIANT], as `revenant list` shows them";

void add_list(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("list", "Show subjects, their variants and ops");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON document");
  command->callback(
      [&action, json] { action = [json] { return list_command(all_subjects(), *json); }; });
}

void add_fuzz(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("fuzz", "Search schedules for a finding; stop at the first");
  const auto options = std::make_shared<FuzzOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("--runs", options->runs, "End after N executions");
  command->add_option("--time", options->seconds, "End after S seconds");
  command->add_option("--seed", options->seed, "The same seed, the same search")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Search in J processes")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--corpus", options->corpus,
                      "Start from the schedules in DIR, and keep there what shows something new");
  command->add_option("--artifacts", options->artifacts, "Where a finding's schedule is written")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&action, options] {
    action = [options] { return fuzz_command(all_subjects(), *options); };
  });
}

void add_replay(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("replay", "Run schedules and show what happens");
  const auto options = std::make_shared<ReplayOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("files", options->files, "Schedules in text or byte form")->required();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->add_flag("--quiet", options->quiet, "One line a schedule, no timeline");
  command->callback([&action, options] {
    action = [options] { return replay_command(all_subjects(), *options); };
  });
}

void add_minimize(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("minimize", "Write a smaller schedule with the same finding");
  const auto options = std::make_shared<MinimizeOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("file", options->file, "A schedule that gives a finding")->required();
  command->add_option("-o,--output", options->output, "Where to write it")->required();
  command->callback([&action, options] {
    action = [options] { return minimize_command(all_subjects(), *options); };
  });
}

void add_matrix(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("matrix", "Search every variant, and compare with what it declares");
  const auto options = std::make_shared<MatrixOptions>();
  command->add_option("subject", options->subject, kTarget);
  command->add_option("--seeds", options->seeds, "Searches for each variant")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--runs", options->runs, "Executions of a search for a declared finding")
      ->capture_default_str();
  command
      ->add_option("--clean-runs", options->clean_runs, "Executions of a search in a clean variant")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&action, options] {
    action = [options] { return matrix_command(all_subjects(), *options); };
  });
}

using CodecCommand = int (*)(Subjects, const CodecOptions&);

void add_codec(CLI::App& app, Action& action, const char* name, const char* summary,
               CodecCommand run, bool has_json) {
  CLI::App* const command = app.add_subcommand(name, summary);
  const auto options = std::make_shared<CodecOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("file", options->file, "A schedule in text or byte form")->required();
  command->add_option("-o,--output", options->output, "Where to write it, instead of stdout");
  if (has_json) command->add_flag("--json", options->json, "Print JSON instead of text");
  command->callback([&action, options, run] {
    action = [options, run] { return run(all_subjects(), *options); };
  });
}

int run(int argc, char** argv) {
  CLI::App app{"Revenant fuzzes concurrent code that recycles memory under RCU.", "revenant"};
  app.footer(kExitStatuses);
  app.require_subcommand(1);
  Action action;
  add_list(app, action);
  add_fuzz(app, action);
  add_replay(app, action);
  add_minimize(app, action);
  add_matrix(app, action);
  add_codec(app, action, "encode", "Turn a schedule into its byte form", &encode_command, false);
  add_codec(app, action, "decode", "Turn a schedule into its text form", &decode_command, true);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    throw UserError(std::string(error.what()) + " (see revenant --help)");
  }
  return action();
}

// REVENANT_CHECK aborts after it said why.
void exit_on_abort(int /*signal_number*/) { std::_Exit(kExitHarnessBug); }

}  // namespace
}  // namespace revenant

int main(int argc, char** argv) {
  std::signal(SIGABRT, &revenant::exit_on_abort);
  try {
    return revenant::run(argc, argv);
  } catch (const revenant::UserError& error) {
    std::cerr << "revenant: " << error.what() << "\n";
    return revenant::kExitUsage;
  } catch (const std::exception& error) {
    std::cerr << "revenant: harness bug: " << error.what() << "\n";
    return revenant::kExitHarnessBug;
  }
}
