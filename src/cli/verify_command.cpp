#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/outcome_printer.h"
#include "report/json_report.h"
#include "run/verify.h"
#include "schedule/programs.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// What is searched: one program, or all of a size.
class Work {
 public:
  Work(const Target& target, const VerifyOptions& options) : table_(target.subject->ops) {
    if (options.program.empty()) {
      all_.emplace(table_, options.cpus, options.ops);
    } else {
      one_ = read_schedule(options.program, target.subject->name, table_);
    }
  }

  std::uint64_t size() const { return all_ ? all_->size() : 1; }
  // None for a number that stands for no program of its own.
  std::optional<Schedule> program(std::uint64_t number) const {
    return all_ ? all_->program(number) : one_;
  }

 private:
  OpTable table_;
  std::optional<Programs> all_;
  std::optional<Schedule> one_;
};

ordered_json bound_json(const VerifyOptions& options) {
  ordered_json bound{{"preemptions", options.preemptions}, {"choices", options.choices}};
  if (options.program.empty()) {
    bound["cpus"] = options.cpus;
    bound["ops"] = options.ops;
  } else {
    bound["program"] = options.program;
  }
  return bound;
}

std::string bound_text(const VerifyOptions& options) {
  const std::string program =
      options.program.empty()
          ? fmt::format("all programs of at most {} ops on {} CPUs", options.ops, options.cpus)
          : "the ops of " + options.program;
  return fmt::format("{}, at most {} preemptions and {} choices", program, options.preemptions,
                     options.choices);
}

struct Tally {
  std::uint64_t program = 0;  // The number of the one under way.
  std::uint64_t programs = 0;
  std::uint64_t schedules = 0;
  std::uint64_t states = 0;
  double seconds = 0;  // Of the processes before this one too.
};

// Where a search can be taken up again.
class Checkpoint {
 public:
  Checkpoint(const Target& target, const VerifyOptions& options)
      : path_(options.checkpoint),
        search_(fmt::format("{}/{}: {}", target.subject->name, target.variant->name,
                            bound_text(options))) {}

  // Throws UserError for a file of another search.
  void read(Tally& tally, std::vector<std::uint32_t>& position) const {
    if (path_.empty() || !std::filesystem::exists(path_)) return;
    const ordered_json json = ordered_json::parse(read_file(path_), nullptr, false);
    if (!json.is_object() || json.value("search", "") != search_) {
      throw UserError(fmt::format("{}: expected a checkpoint of the search '{}'", path_, search_));
    }
    tally = {.program = json.value("program", std::uint64_t{0}),
             .programs = json.value("programs", std::uint64_t{0}),
             .schedules = json.value("schedules", std::uint64_t{0}),
             .states = json.value("states", std::uint64_t{0}),
             .seconds = json.value("seconds", 0.0)};
    position = json.value("position", std::vector<std::uint32_t>{});
  }

  void write(const Tally& tally, const std::vector<std::uint32_t>& position) const {
    if (path_.empty()) return;
    const ordered_json json{{"search", search_},          {"program", tally.program},
                            {"programs", tally.programs}, {"schedules", tally.schedules},
                            {"states", tally.states},     {"seconds", tally.seconds},
                            {"position", position}};
    write_file(path_, json.dump() + "\n");
  }

 private:
  std::string path_;
  std::string search_;
};

class Verification {
 public:
  Verification(const Target& target, const VerifyOptions& options)
      : target_(target), options_(options), work_(target, options), checkpoint_(target, options) {
    checkpoint_.read(tally_, position_);
    before_ = tally_.seconds;
  }

  void run() {
    sim::Machine machine;
    Runner runner(machine, *target_.subject, *target_.variant);
    while (tally_.program < work_.size() && !stopped_ && !found_) {
      const std::optional<Schedule> program = work_.program(tally_.program);
      if (program) search(runner, *program);
      if (!stopped_ && !found_) {
        ++tally_.program;
        position_.clear();
      }
    }
    tally_.seconds = seconds();
    checkpoint_.write(tally_, position_);
    if (line_open_) std::cerr << "\n";
  }

  const Tally& tally() const { return tally_; }
  const std::optional<VerifyResult>& found() const { return found_; }
  bool is_finished() const { return tally_.program >= work_.size(); }

 private:
  static constexpr double kBetweenLines = 1;
  static constexpr double kBetweenCheckpoints = 30;

  double seconds() const {
    return before_ + std::chrono::duration<double>(Clock::now() - start_).count();
  }

  void search(Runner& runner, const Schedule& program) {
    set_crash_context(fmt::format("{}/{}: program {} of the search", target_.subject->name,
                                  target_.variant->name, tally_.program));
    Verifier verifier(runner, program,
                      {.preemptions = options_.preemptions,
                       .choices = options_.choices,
                       .reduces = !options_.all_orders});
    if (work_.size() == 1 && !options_.json) say_estimate(verifier);
    verifier.resume(position_);
    const Tally before = tally_;
    const VerifyResult result = verifier.run([&](const VerifyProgress& now) {
      tally_.schedules = before.schedules + now.schedules;
      tally_.states = before.states + now.states;
      return goes_on(verifier, now.done);
    });
    tally_.schedules = before.schedules + result.schedules;
    tally_.states = before.states + result.states;
    if (result.finding) found_ = result;
    stopped_ = !result.finding && !result.finished;
    // Who goes on from a finding meets it again: it must not be lost behind a checkpoint.
    if (found_ || stopped_) position_ = verifier.position();
    if (!stopped_) ++tally_.programs;
  }

  void say_estimate(Verifier& verifier) const {
    std::cerr << fmt::format("some {:.3g} schedules within the bounds, before reduction\n",
                             verifier.estimate());
  }

  bool goes_on(const Verifier& verifier, double done) {
    if (was_interrupted()) return false;
    constexpr std::uint64_t kBetweenClocks = 64;
    if (tally_.schedules % kBetweenClocks != 0) return true;
    const double now = seconds();
    if (options_.seconds > 0 && now - before_ >= static_cast<double>(options_.seconds))
      return false;
    if (now >= last_line_ + kBetweenLines) show_progress(now, done);
    if (now >= last_checkpoint_ + kBetweenCheckpoints) {
      last_checkpoint_ = now;
      tally_.seconds = now;
      checkpoint_.write(tally_, verifier.position());
    }
    return true;
  }

  void show_progress(double now, double done) {
    last_line_ = now;
    if (options_.json || !is_terminal(STDERR_FILENO)) return;
    const double share =
        (static_cast<double>(tally_.program) + done) / static_cast<double>(work_.size());
    const double left = share > 0 ? now * (1 - share) / share : 0;
    std::cerr << fmt::format("\r{} schedules, {} states, {:.1f} % done, some {:.0f} s left   ",
                             tally_.schedules, tally_.states, 100 * share, left)
              << std::flush;
    line_open_ = true;
  }

  Target target_;
  const VerifyOptions& options_;
  Work work_;
  Checkpoint checkpoint_;
  Tally tally_;
  std::vector<std::uint32_t> position_;
  std::optional<VerifyResult> found_;
  Clock::time_point start_ = Clock::now();
  double before_ = 0;
  double last_line_ = 0;
  double last_checkpoint_ = 0;
  bool stopped_ = false;
  bool line_open_ = false;
};

// Keeps the schedule and returns its file.
std::string keep(const Target& target, const VerifyResult& found, const VerifyOptions& options) {
  const std::string file =
      finding_stem(options.artifacts, target, found.finding->kind, found.schedule) + ".schedule";
  write_file(file, to_text(found.schedule, target.subject->name, OpTable(target.subject->ops)));
  return file;
}

}  // namespace

int verify_command(Subjects subjects, const VerifyOptions& options) {
  const Target target = parse_target(subjects, options.target);
  catch_interrupts();
  prepare_folder(options.artifacts);
  Verification verification(target, options);
  verification.run();
  const Tally& tally = verification.tally();
  const std::string verdict = verification.found()         ? "finding"
                              : verification.is_finished() ? "clean"
                                                           : "unfinished";
  ordered_json document{{"verdict", verdict},
                        {"bound", bound_json(options)},
                        {"programs", tally.programs},
                        {"schedules", tally.schedules},
                        {"states", tally.states},
                        {"seconds", tally.seconds},
                        {"findings", ordered_json::array()}};
  if (verification.found()) {
    sim::Machine machine;
    Runner runner(machine, *target.subject, *target.variant);
    const Schedule& schedule = verification.found()->schedule;
    const std::string file = keep(target, *verification.found(), options);
    const TracedRun run =
        run_traced(runner, schedule, is_terminal(STDOUT_FILENO) ? Colour::kAnsi : Colour::kNever);
    ordered_json finding =
        to_json(*verification.found()->finding, *target.subject, *target.variant, run.signature);
    finding["file"] = file;
    document["findings"].push_back(finding);
    if (!options.json) {
      std::cout << run.first_line << "\n\n"
                << run.explanation << "\n"
                << run.timeline << "\n"
                << to_text(schedule, target.subject->name, OpTable(target.subject->ops))
                << "\nschedule   " << file << "\n";
    }
  }
  if (options.json) {
    std::cout << document.dump(2) << "\n";
  } else {
    std::cout << fmt::format("{}: {}/{}, {}\n{} programs, {} schedules, {} states\n", verdict,
                             target.subject->name, target.variant->name, bound_text(options),
                             tally.programs, tally.schedules, tally.states);
  }
  return verification.found() ? kExitFinding : kExitClean;
}

}  // namespace revenant
