#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>

#include "base/check.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/corpus_folder.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/job_process.h"
#include "cli/jobs.h"
#include "cli/minimize_progress.h"
#include "cli/outcome_printer.h"
#include "report/json_report.h"
#include "report/sarif.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kRacyReplays = 1000;  // Of what threads have shown.
constexpr const char* kSeenOnce = "seen once; a replay did not show it again";

// A finding as it was met, and as small as it gets.
struct Case {
  std::string found_file;
  std::string small_file;
  Schedule small;
};

// Where schedules of one finding are written.
class CaseFiles {
 public:
  CaseFiles(Keeper& keeper, const Target& target, const Failing& met, const std::string& folder)
      : keeper_(keeper),
        subject_(*target.subject),
        stem_(finding_stem(folder, target, met.kind, met.schedule)) {}

  // Returns the file's name.
  std::string write(const Schedule& schedule, const char* suffix) const {
    const std::string path = stem_ + suffix + ".schedule";
    keeper_.write(path, to_text(schedule, subject_.name, OpTable(subject_.ops)));
    return path;
  }

 private:
  Keeper& keeper_;
  const Subject& subject_;
  std::string stem_;
};

Case keep_finding(const CaseFiles& files, const Target& target, const Failing& met) {
  ForkedJudge judge(target);
  const auto [found, verdict] = judge.failing_form(met.schedule);
  const std::string found_file = files.write(found, "");
  if (!verdict) {
    if (!may_be_seen_once(met.kind)) {
      check_failed("a finding is found again when its schedule is replayed", __FILE__, __LINE__);
    }
    return {.found_file = found_file, .small_file = found_file, .small = found};
  }
  const Schedule small = minimize_for(verdict->signature, found, OpTable(target.subject->ops),
                                      judge, is_interactive(STDERR_FILENO))
                             .schedule;
  return {.found_file = found_file, .small_file = files.write(small, ".min"), .small = small};
}

Colour colour_of_stdout() { return is_terminal(STDOUT_FILENO) ? Colour::kAnsi : Colour::kNever; }

void print_case(ScheduleRunner& runner, const Failing& met, const Case& kept, const TracedRun& run,
                const EngineOptions& engine) {
  const std::string target = fmt::format("{}/{}", runner.subject().name, runner.variant().name);
  if (run.outcome.finding) {
    std::cout << run.first_line << "\n\n" << run.explanation << "\n" << run.timeline << "\n";
  } else {
    std::cout << fmt::format("{} in {}: {}\n({})\n\n", name_of(met.kind), target, met.text,
                             kSeenOnce);
  }
  std::cout << to_text(kept.small, runner.subject().name, OpTable(runner.subject().ops)) << "\n"
            << fmt::format("as found   {}\nminimized  {}\nreplay     revenant replay {} {}{}\n",
                           kept.found_file, kept.small_file, target, kept.small_file,
                           as_arguments(engine));
}

// Threads are not made to fail again: the schedule stays as it was met.
Case keep_racy_finding(const CaseFiles& files, const Failing& met) {
  const std::string file = files.write(met.schedule, "");
  return {.found_file = file, .small_file = file, .small = met.schedule};
}

void print_racy_case(const Target& target, const Failing& met, const Case& kept,
                     const EngineOptions& engine) {
  const std::string name = target.name();
  std::cout << fmt::format("{} in {}: {}\n\n", name_of(met.kind), name, met.text)
            << to_text(met.schedule, target.subject->name, OpTable(target.subject->ops))
            << fmt::format("\nas found   {}\nreplay     revenant replay {} {}{} --repeat {}\n",
                           kept.found_file, name, kept.found_file, as_arguments(engine),
                           kRacyReplays)
            << std::flush;
}

// Some replays, for the sake of how often they fail and a timeline. In a process of their own,
// since they may do anything, and end it. Returns what they came to.
std::string replay_racy_case(Keeper& keeper, SarifLog& sarif, const Target& target,
                             const Case& kept, const FuzzOptions& options) {
  JobProcess job([&] {
    set_crash_context(fmt::format("{}: the schedule is in {}", target.name(), kept.found_file));
    EngineMachine machine(options.engine);
    const auto runner = machine.runner(*target.subject, *target.variant);
    const auto keep_going = [] { return !was_interrupted(); };
    const Repeated again =
        run_repeatedly(*runner, kept.small, kRacyReplays, colour_of_stdout(), keep_going);
    SarifLog log;
    for (std::uint32_t i = 0; i < kRacyReplays && again.failed > 0 && log.results().empty(); ++i) {
      if (keep_going()) log.add(*runner, kept.small, kept.found_file);
    }
    return json_text({{"runs", again.runs},
                      {"failed", again.failed},
                      {"timeline", again.failed > 0 ? again.shown.timeline : ""},
                      {"sarif", log.results()}},
                     -1);
  });
  job.finish();
  if (job.failure()) {
    keeper.note(job.failure());
    return "no replay came to an end";
  }
  if (job.crashed()) return "a replay crashed";
  const ordered_json result = ordered_json::parse(job.result());
  sarif.add_results(result["sarif"]);
  if (!options.json) std::cout << "\n" << result["timeline"].get<std::string>();
  return fmt::format("failed {} of {} replays", result["failed"].get<std::uint32_t>(),
                     result["runs"].get<std::uint32_t>());
}

// A finding that was not met again has no trace to tell more.
std::string signature_seen_once(const Failing& met, const Target& target) {
  return fmt::format("{} in {}", name_of(met.kind), target.subject->name);
}

// Where no replay has put it there.
void note_seen_once(SarifLog& sarif, const Target& target, const Failing& met, const Case& kept,
                    const std::string& replays) {
  if (!sarif.results().empty()) return;
  sarif.add_results(
      ordered_json::array({sarif_result(SeenOnce{.subject = *target.subject,
                                                 .variant = *target.variant,
                                                 .kind = met.kind,
                                                 .signature = signature_seen_once(met, target),
                                                 .text = fmt::format("{} ({})", met.text, replays),
                                                 .schedule_file = kept.small_file})}));
}

ordered_json finding_json(const Failing& met, const Case& kept, const Target& target,
                          const TracedRun& run) {
  const std::string signature =
      run.outcome.finding ? run.signature : signature_seen_once(met, target);
  ordered_json finding =
      to_json(run.outcome.finding.value_or(Finding{.kind = met.kind, .text = met.text}),
              *target.subject, *target.variant, signature);
  finding["file"] = kept.small_file;
  finding["found_file"] = kept.found_file;
  return finding;
}

// Keeps, prints and returns it.
ordered_json tell_finding(Keeper& keeper, SarifLog& sarif, const Target& target, const Failing& met,
                          const FuzzOptions& options) {
  const CaseFiles files(keeper, target, met, options.artifacts);
  if (options.engine.engine != "sim") {
    const Case kept = keep_racy_finding(files, met);
    if (!options.json) print_racy_case(target, met, kept, options.engine);
    const std::string replays = replay_racy_case(keeper, sarif, target, kept, options);
    if (!options.json) std::cout << replays << "\n";
    note_seen_once(sarif, target, met, kept, replays);
    return finding_json(met, kept, target, {});
  }
  const Case kept = keep_finding(files, target, met);
  set_crash_context(fmt::format("{}: the schedule is in {}", target.name(), kept.small_file));
  EngineMachine machine(options.engine);
  const auto runner = machine.runner(*target.subject, *target.variant);
  const TracedRun run = run_traced(*runner, kept.small, colour_of_stdout());
  sarif.add(*runner, kept.small, kept.small_file);
  note_seen_once(sarif, target, met, kept, kSeenOnce);
  if (!options.json) print_case(*runner, met, kept, run, options.engine);
  return finding_json(met, kept, target, run);
}

// Where results go, as far as they are asked for, before anything is run.
void prepare_files(const FuzzOptions& options) {
  prepare_folder(options.artifacts);
  if (!options.sarif.empty()) check_writable(options.sarif);
  if (!options.corpus.empty()) prepare_folder(options.corpus);
}

View view_of(const FuzzOptions& options) {
  if (options.json) return View::kNone;
  return is_interactive(STDERR_FILENO) ? View::kLine : View::kLog;
}

JobsOptions jobs_options(const FuzzOptions& options, const Target& target) {
  JobsOptions jobs{.seed = options.seed,
                   .jobs = options.jobs,
                   .limits = {.executions = options.runs},
                   .policy = parse_policy(options.policy),
                   .engine = options.engine,
                   .corpus = read_corpus(options.corpus, target),
                   .corpus_folder = options.corpus,
                   .view = view_of(options)};
  if (options.seconds > 0) jobs.limits.seconds = std::chrono::seconds(options.seconds);
  return jobs;
}

// The figures that differ from run to run go to stderr: stdout is the same for the same seed.
void print_summary(const Target& target, const FuzzOptions& options, const JobsResult& result,
                   double seconds) {
  std::cout << fmt::format("{}/{} seed {}: {} executions, {} features{}\n", target.subject->name,
                           target.variant->name, options.seed, result.executions, result.features,
                           result.interrupted ? ", interrupted" : "");
  std::cerr << fmt::format("{:.1f} s, {:.0f} executions/s\n", seconds,
                           static_cast<double>(result.executions) / seconds);
}

ordered_json summary_json(const FuzzOptions& options, const JobsResult& result, double seconds) {
  return {{"executions", result.executions},
          {"executions_per_second", static_cast<double>(result.executions) / seconds},
          {"seed", options.seed},
          {"steps", result.steps},
          {"features", result.features},
          {"interrupted", result.interrupted},
          {"crashed", result.crashed},
          {"findings", ordered_json::array()}};
}

}  // namespace

int fuzz_command(Subjects subjects, const FuzzOptions& options) {
  const Target target = parse_target(subjects, options.target, options.engine);
  const JobsOptions jobs = jobs_options(options, target);
  catch_interrupts();
  prepare_files(options);
  const auto start = Clock::now();
  const JobsResult result = run_jobs(target, jobs);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  Keeper keeper;
  keep_in_corpus(keeper, options.corpus, result.learned, OpTable(target.subject->ops));

  SarifLog sarif;
  ordered_json document = summary_json(options, result, seconds);
  if (!options.json) print_summary(target, options, result, seconds);
  if (result.failing) {
    document["findings"].push_back(tell_finding(keeper, sarif, target, *result.failing, options));
  } else if (!options.json) {
    std::cout << (result.crashed ? "a crash, see above\n" : "no finding\n");
  }
  if (options.json) std::cout << json_text(document) << "\n";
  if (!options.sarif.empty()) keeper.write(options.sarif, sarif.text());
  keeper.note(result.failure);
  keeper.throw_error();
  return result.failing || result.crashed ? kExitFinding : kExitClean;
}

}  // namespace revenant
