// revenant: fuzzes concurrent code that recycles memory under RCU.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <type_traits>

#include "base/sanitizer_name.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "schedule/schedule.h"

namespace revenant {
namespace {

using Action = std::function<int()>;

constexpr const char* kExitStatuses =
    "Exit status: 0 clean, 1 finding or no verdict, 2 bad usage or unreadable input, 3 harness "
    "bug.";
constexpr const char* kSarif = "Write the findings to FILE too, for code-scanning pages";
constexpr const char* kTarget = "SUBJECT[/VARIANT], as `revenant list` shows them";

// A number without sign, in decimal; CLI11 itself takes "-1" and "nan", rounds what is too large,
// and has numbers that begin with 0 for octal.
template <class Number>
CLI::Option* add_number(CLI::App& command, const char* name, Number& number, std::uint64_t least,
                        std::uint64_t most, const char* help) {
  using Value = std::conditional_t<std::is_floating_point_v<Number>, Number, std::uint64_t>;
  const auto read = [least, most](std::string& text) -> std::string {
    Value value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool has_sign = text.starts_with('-');  // As of -0.0, which is no less than 0.
    if (error == std::errc{} && stop == end && !has_sign && value >= static_cast<Value>(least) &&
        value <= static_cast<Value>(most)) {
      if constexpr (std::is_integral_v<Value>) text = std::to_string(value);
      return {};
    }
    return "expected a number from " + std::to_string(least) + " to " + std::to_string(most) +
           ", not '" + text + "'";
  };
  return command.add_option(name, number, help)->transform(CLI::Validator(read, ""));
}

constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMaxSeconds = 1'000'000'000;

// Of a command that has the sim engine only.
void add_memory(CLI::App& command, EngineOptions& options) {
  command.add_option("--engine-option", options.settings, "memory=sc, weak or alpha")
      ->allow_extra_args(false);
}

void add_engine(CLI::App& command, EngineOptions& options) {
  command.add_option("--engine", options.engine, "sim, or native: real threads over liburcu")
      ->capture_default_str();
  command
      .add_option("--engine-option", options.settings,
                  "Of sim: memory=sc, weak or alpha; of native: flavor=memb, mb, qsbr or bp")
      ->allow_extra_args(false);
}

CLI::Option* add_policy(CLI::App& command, std::string& policy) {
  return command.add_option("--policy", policy,
                            "How the search chooses: default, fresh (no feedback), or random-walk");
}

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
  add_number(*command, "--runs", options->runs, 0, kMaxNumber,
             "End after N executions; 0 is never");
  add_number(*command, "--time", options->seconds, 0, kMaxSeconds,
             "End after S seconds; 0 is never");
  add_number(*command, "--seed", options->seed, 0, kMaxNumber, "The same seed, the same search")
      ->capture_default_str();
  add_number(*command, "--jobs", options->jobs, 1, 256, "Search in J processes")
      ->capture_default_str();
  command->add_option("--corpus", options->corpus,
                      "Start from the schedules in DIR, and keep there what shows something new");
  add_policy(*command, options->policy);
  add_engine(*command, options->engine);
  command->add_option("--artifacts", options->artifacts, "Where a finding's schedule is written")
      ->capture_default_str();
  command->add_option("--sarif", options->sarif, kSarif);
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
  add_engine(*command, options->engine);
  add_number(*command, "--repeat", options->repeat, 1, 1'000'000'000,
             "Run each schedule N times, and say how often it failed")
      ->capture_default_str();
  command->callback([&action, options] {
    action = [options] { return replay_command(all_subjects(), *options); };
  });
}

void add_show(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("show", "Show the run of a schedule");
  const auto options = std::make_shared<ShowOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("file", options->file, "A schedule in text or byte form")->required();
  command->add_option("--format", options->format, "text, json, html or perfetto")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Where to write it, instead of stdout");
  add_memory(*command, options->engine);
  command->callback([&action, options] {
    action = [options] { return show_command(all_subjects(), *options); };
  });
}

void add_explain(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("explain", "Say in a few sentences what happens in the run of a schedule");
  const auto options = std::make_shared<ExplainOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("file", options->file, "A schedule in text or byte form")->required();
  command->add_flag("--json", options->json, "Print one JSON document");
  add_memory(*command, options->engine);
  command->callback([&action, options] {
    action = [options] { return explain_command(all_subjects(), *options); };
  });
}

void add_triage(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand(
      "triage", "Sort schedules by the bug they show; name the smallest of each");
  const auto options = std::make_shared<TriageOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command
      ->add_option("paths", options->paths,
                   "Schedules in text or byte form; of a folder, every file in it and below")
      ->required();
  command->add_option("--sarif", options->sarif, kSarif);
  command->add_flag("--json", options->json, "Print one JSON document");
  add_memory(*command, options->engine);
  command->callback([&action, options] {
    action = [options] { return triage_command(all_subjects(), *options); };
  });
}

void add_minimize(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("minimize", "Write a smaller schedule with the same finding");
  const auto options = std::make_shared<MinimizeOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("file", options->file, "A schedule that gives a finding")->required();
  CLI::Option_group* const where = command->add_option_group("where");
  where->add_option("-o,--output", options->output, "Where to write it");
  where->add_option("--into", options->into,
                    "DIR/NAME: write a regression there, which says what it shows");
  where->require_option(1);
  command->add_flag("--json", options->json, "Print one JSON document");
  add_memory(*command, options->engine);
  command->callback([&action, options] {
    action = [options] { return minimize_command(all_subjects(), *options); };
  });
}

void add_matrix(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("matrix", "Search every variant, and compare with what it declares");
  const auto options = std::make_shared<MatrixOptions>();
  command->add_option("subject", options->subject, kTarget);
  add_number(*command, "--seeds", options->seeds, 1, 1000, "Searches for each variant")
      ->capture_default_str();
  add_number(*command, "--runs", options->runs, 1, kMaxNumber,
             "Executions of a search for a declared finding")
      ->capture_default_str();
  add_number(*command, "--clean-runs", options->clean_runs, 1, kMaxNumber,
             "Executions of a search in a clean variant")
      ->capture_default_str();
  add_policy(*command, options->policy);
  add_engine(*command, options->engine);
  add_number(*command, "--time", options->seconds, 1, kMaxSeconds,
             "With --engine native: seconds for each variant, instead of seeds and runs; 60 if not "
             "given");
  command
      ->add_option("--artifacts", options->artifacts,
                   "Where the schedule of a finding is written that is not declared")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&action, options] {
    action = [options] { return matrix_command(all_subjects(), *options); };
  });
}

void add_verify(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("verify", "Try every schedule within bounds, for one program or all");
  const auto options = std::make_shared<VerifyOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("--program", options->program,
                      "Search the ops of this schedule, instead of all programs of a size");
  add_number(*command, "--cpus", options->cpus, 1, kMaxScheduleCpus, "Of all programs: CPUs")
      ->capture_default_str();
  add_number(*command, "--ops", options->ops, 1, kMaxOpsPerCpu, "Of all programs: ops in total")
      ->capture_default_str();
  add_number(*command, "--preemptions", options->preemptions, 0, 1000, "At most so many")
      ->capture_default_str();
  add_number(*command, "--choices", options->choices, 0, 1000,
             "At most so many that are not the default: which object, whether a page goes back")
      ->capture_default_str();
  command->add_flag("--all-orders", options->all_orders,
                    "Also those that differ only in steps that do not touch each other");
  add_number(*command, "--time", options->seconds, 0, kMaxSeconds,
             "End after S seconds; 0 is never");
  add_number(*command, "--jobs", options->jobs, 1, 256,
             "Search in J processes; what is found and counted is the same for any J")
      ->capture_default_str();
  add_number(*command, "--max-states", options->max_states, 1, std::uint64_t{1} << 40,
             "Remember at most N states of a program, up to 64 bytes each, in each process; where "
             "there are more, the search takes longer and misses nothing")
      ->capture_default_str();
  command->add_option("--checkpoint", options->checkpoint,
                      "Write to FILE how far the search came, and go on from there");
  command->add_option("--artifacts", options->artifacts, "Where a finding's schedule is written")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&action, options] {
    action = [options] { return verify_command(all_subjects(), *options); };
  });
}

void add_litmus(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand(
      "litmus", "Answer litmus tests of the Linux-kernel memory model, by trying all executions");
  const auto options = std::make_shared<LitmusOptions>();
  command->add_option("files", options->files, "Tests in C, as herd7 takes them")->required();
  add_number(*command, "--timeout", options->seconds, 0, kMaxSeconds,
             "Give up a test after S seconds, its verdict unknown; 0 is never")
      ->capture_default_str();
  add_number(*command, "--jobs", options->jobs, 1, 256, "So many tests at once")
      ->capture_default_str();
  command
      ->add_option(
          "--witness", options->witness,
          "Show an execution that the condition holds of: as text, or as an html page, of one "
          "FILE and alone")
      ->check(CLI::IsMember({"text", "html"}));
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback(
      [&action, options] { action = [options] { return litmus_command(*options); }; });
}

void add_bench(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand(
      "bench", "Measure the engine, its primitives and what a search is made of");
  const auto options = std::make_shared<BenchOptions>();
  command->add_option("--filter", options->filter, "Only names that this regular expression is in");
  CLI::Option* const searches =
      command->add_flag("--searches", options->searches,
                        "Instead: executions to the first finding, by variant and policy");
  add_number(*command, "--time", options->seconds, 0, 3600, "Seconds for each; 0 is a short look")
      ->capture_default_str()
      ->excludes(searches);
  add_policy(*command, options->policy)->needs(searches);
  add_number(*command, "--seeds", options->seeds, 1, 1000, "With --searches: for each variant")
      ->capture_default_str()
      ->needs(searches);
  add_number(*command, "--runs", options->runs, 1, kMaxNumber,
             "With --searches: executions of each")
      ->capture_default_str()
      ->needs(searches);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&action, options] {
    action = [options] { return bench_command(all_subjects(), *options); };
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

std::string usage_text(const CLI::App& app, const CLI::ParseError& error) {
  if (!app.get_subcommands().empty()) {
    return std::string(error.what()) + " (see revenant --help)";
  }
  std::string names;
  for (const CLI::App* const command : app.get_subcommands(nullptr)) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  const auto unknown = app.remaining();
  const std::string what =
      unknown.empty() ? "no command given" : "no command '" + unknown.front() + "'";
  return what + "; there is: " + names;
}

int run(int argc, char** argv) {
  CLI::App app{"Revenant fuzzes concurrent code that recycles memory under RCU.", "revenant"};
  app.footer(kExitStatuses);
  app.set_version_flag(
      "--version",
      "revenant " REVENANT_VERSION " (sanitizers: " + std::string(sanitizer_name()) + ")",
      "Print version and sanitizers, and exit");
  app.require_subcommand(1);
  Action action;
  add_list(app, action);
  add_fuzz(app, action);
  add_replay(app, action);
  add_show(app, action);
  add_explain(app, action);
  add_triage(app, action);
  add_minimize(app, action);
  add_matrix(app, action);
  add_verify(app, action);
  add_litmus(app, action);
  add_bench(app, action);
  add_codec(app, action, "encode", "Turn a schedule into its byte form", &encode_command, false);
  add_codec(app, action, "decode", "Turn a schedule into its text form", &decode_command, true);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    throw UserError(usage_text(app, error));
  }
  return action();
}

// Writes to a full disk or a closed pipe fail late, when nobody looks any more.
int flush_stdout(int status) {
  std::cout.flush();
  if (std::cout) return status;
  throw UserError("cannot write to standard output");
}

void print_error(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::cerr << "revenant: " << text << "\n";
}

// A file opened later must not become standard output by chance. Reading is all that /dev/null is
// opened for: writing still fails.
void hold_standard_descriptors() {
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::dup(fd)) {
    if (fd <= STDERR_FILENO) continue;
    ::close(fd);
    return;
  }
}

// REVENANT_CHECK aborts after it said why.
void exit_on_abort(int /*signal_number*/) { std::_Exit(kExitHarnessBug); }

}  // namespace
}  // namespace revenant

int main(int argc, char** argv) {
  revenant::hold_standard_descriptors();
  std::signal(SIGABRT, &revenant::exit_on_abort);
  std::signal(SIGPIPE, SIG_IGN);  // Who no longer reads what is told must not cost what is kept.
  revenant::catch_crashes();
  try {
    return revenant::flush_stdout(revenant::run(argc, argv));
  } catch (const revenant::UserError& error) {
    revenant::print_error(error.what());
    return revenant::kExitUsage;
  } catch (const std::filesystem::filesystem_error& error) {
    revenant::print_error(error.what());
    return revenant::kExitUsage;
  } catch (const std::exception& error) {
    revenant::print_error("harness bug: " + std::string(error.what()));
    return revenant::kExitHarnessBug;
  }
}
