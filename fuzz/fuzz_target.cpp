#include "fuzz_target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/user_error.h"
#include "feedback.h"
#include "own_arguments.h"
#include "report/explanation.h"
#include "report/signature.h"
#include "report/timeline.h"
#include "run/runner.h"
#include "schedule/byte_codec.h"
#include "schedule/generator.h"
#include "schedule/mutator.h"
#include "schedule/text_form.h"
#include "stack_under_test.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace revenant {
namespace {

// What the hook below needs of the run that it is called in.
struct Reporting {
  const ScheduleRunner* runner = nullptr;
  const Schedule* schedule = nullptr;
  const sim::Trace* trace = nullptr;
  const char* how_to_replay = "";
};
Reporting reporting;

std::size_t cpu_count_of(std::string_view text) {
  if (text.size() == 1 && text.front() >= '1' && text.front() <= '0' + int{kMaxScheduleCpus}) {
    return static_cast<std::size_t>(text.front() - '0');
  }
  throw UserError("no number of CPUs '" + std::string(text) + "'; there is: 1 to " +
                  std::to_string(kMaxScheduleCpus));
}

// What is ours among the arguments; of what is said twice the last counts.
struct OwnArguments {
  std::string variant;
  std::string cpus;
  std::vector<std::string> settings;

  bool take(std::string_view argument) {
    const auto follows = [&](std::string_view name) {
      if (!argument.starts_with(name)) return false;
      argument.remove_prefix(name.size());
      return true;
    };
    if (follows("--variant=")) {
      variant = argument;
    } else if (follows("--cpus=")) {
      cpus = argument;
    } else if (follows("--engine-option=")) {
      settings.emplace_back(argument);
    } else {
      return false;
    }
    return true;
  }
};

// Called on the stack of the CPU that the finding blames. The order of the lines is what the stack
// parsers of fuzzing services expect; frames named assert are left out of their buckets.
[[noreturn, gnu::noinline]] void assert_no_finding(const Finding& finding) {
  const ReportInput input{.subject = reporting.runner->subject(),
                          .variant = reporting.runner->variant(),
                          .schedule = *reporting.schedule,
                          .program = reporting.runner->program(),
                          .events = reporting.trace->events(),
                          .memory = reporting.runner->memory(),
                          .finding = finding,
                          .memory_model = reporting.runner->memory_model()};
  const OpTable table(input.subject.ops);
  const Recording recording = record_of(input);
  const std::string signature = signature_of(input, recording);
  std::fprintf(stderr, "%s\n\n%s\n%s\n%s\n", finding_line(input).c_str(),
               as_paragraph(explain(input, recording)).c_str(),
               timeline(input, recording, Colour::kNever).c_str(),
               to_text(*reporting.schedule, input.subject.name, table).c_str());
  std::fprintf(stderr, "replay: revenant replay %s/%s FILE%s\n", input.subject.name.data(),
               input.variant.name.data(), reporting.how_to_replay);
  std::fprintf(stderr, "DEDUP_TOKEN: %s\n", signature.c_str());
  std::fprintf(stderr, "# Fatal error in %s, line %u\n", finding.site.file_name(),
               finding.site.line());
  std::fprintf(stderr, "# Check failed: %s\n", signature.c_str());
  print_stack_under_test();
  std::fprintf(stderr, "SUMMARY: Revenant: %s\n", signature.c_str());
  std::abort();
}

void on_finding(const Finding& finding) { assert_no_finding(finding); }

}  // namespace

FuzzTarget::FuzzTarget(std::string_view subject, std::string_view engine, int* argc, char*** argv)
    : subject_(*find_subject(all_subjects(), subject)), table_(subject_.ops) {
  try {
    OwnArguments arguments;
    read_own_arguments(
        argc, argv, [&](std::string_view argument) { return arguments.take(argument); },
        "--variant=NAME, --engine-option=SETTING, --cpus=N, and of libFuzzer -help=1");
    // To weigh its corpus by how rare features are takes a sixth of the time, and more executions
    // to a finding: docs/decisions/0022-programs-of-a-walk.md.
    set_engine_default(argc, argv, "-entropic=", "0");
    const Variant& variant = arguments.variant.empty() ? subject_.variants.front()
                                                       : variant_named(subject_, arguments.variant);
    if (!arguments.cpus.empty()) cpu_count_ = cpu_count_of(arguments.cpus);
    const EngineOptions options{.engine = std::string(engine),
                                .settings = std::move(arguments.settings)};
    machine_.emplace(options);
    runner_ = machine_->runner(subject_, variant);
    if (!machine_->is_native()) explicit_forms_.emplace(*runner_);
    // A finding of threads may not come again at once.
    how_to_replay_ = as_arguments(options) +
                     (machine_->is_native() ? " --repeat 1000" : "; smaller: revenant minimize");
  } catch (const UserError& error) {
    usage_error(error.what());
  }
}

FuzzTarget::~FuzzTarget() {
  if (cpu_count_ == 0 || ran_.inputs == 0) return;
  const auto inputs = static_cast<double>(ran_.inputs);
  std::fprintf(stderr,
               "revenant: %llu inputs, %llu of them not of %zu CPUs; a mean of %.1f ops and %.0f "
               "scheduling points\n",
               static_cast<unsigned long long>(ran_.inputs),
               static_cast<unsigned long long>(ran_.of_other_cpus), cpu_count_,
               static_cast<double>(ran_.ops) / inputs, static_cast<double>(ran_.points) / inputs);
}

void FuzzTarget::count(const Outcome& outcome) {
  ++ran_.inputs;
  const OpsByCpu& program = runner_->program();
  if (program.size() != cpu_count_) ++ran_.of_other_cpus;
  for (const Ops& ops : program) ran_.ops += ops.size();
  ran_.points += outcome.steps;
}

void FuzzTarget::run(std::span<const std::uint8_t> input) {
  machine_->is_native() ? run_in_native(read(input)) : run_in_sim(input);
  hand_on_feedback();
}

void FuzzTarget::run_in_sim(std::span<const std::uint8_t> input) {
  const Schedule given = read(input);
  const Outcome outcome = explicit_forms_->run(input, given, feedback_counters());
  count(outcome);
  if (!outcome.finding) return;
  const Schedule schedule =
      given.draws ? made_explicit_for(outcome.finding->kind, *runner_, given) : given;
  // Once more with a trace, which the loop does not record.
  static sim::Trace trace;
  reporting = {.runner = runner_.get(),
               .schedule = &schedule,
               .trace = &trace,
               .how_to_replay = how_to_replay_.c_str()};
  runner_->run(schedule, {.trace = &trace, .on_finding = &on_finding});
  check_failed("a finding is found again when its schedule is replayed", __FILE__, __LINE__);
}

// A finding of threads may not come again, so it is told as it is met.
void FuzzTarget::run_in_native(const Schedule& schedule) {
  static sim::Trace trace;
  reporting = {.runner = runner_.get(),
               .schedule = &schedule,
               .trace = &trace,
               .how_to_replay = how_to_replay_.c_str()};
  const Outcome outcome = runner_->run(
      schedule, {.trace = &trace, .features = &feedback_counters(), .on_finding = &on_finding});
  count(outcome);
}

Schedule FuzzTarget::read(std::span<const std::uint8_t> input) const {
  return read_either({reinterpret_cast<const char*>(input.data()), input.size()}, subject_.name,
                     table_);
}

std::size_t FuzzTarget::write(const Schedule& schedule, std::span<std::uint8_t> out) const {
  const std::vector<std::uint8_t> bytes = encode(schedule, table_);
  // Cut off where it does not fit: what is left is a schedule too.
  const std::size_t size = std::min(bytes.size(), out.size());
  std::copy_n(bytes.begin(), size, out.begin());
  return size;
}

void FuzzTarget::fit_cpus(Schedule& schedule, Rng& rng) const {
  if (cpu_count_ == 0) return;
  schedule.cpus.resize(cpu_count_);
  for (Ops& ops : schedule.cpus) {
    if (ops.empty() && !schedule.draws) ops = random_schedule(table_, rng).cpus.front();
  }
  normalize(schedule);
}

Schedule FuzzTarget::parent(std::span<const std::uint8_t> input) const {
  Schedule schedule = read(input);
  return explicit_forms_ ? explicit_forms_->of(input, schedule) : schedule;
}

// As `revenant fuzz` goes about it, but that the engine chooses what is changed.
Schedule FuzzTarget::mutate(std::span<const std::uint8_t> input, Rng& rng) const {
  if (machine_->is_native()) {
    return rng.below(7) < 2 ? random_schedule(table_, rng)
                            : revenant::mutate(read(input), table_, rng);
  }
  if (rng.one_in(2)) return drawn_schedule(rng);
  Schedule schedule = parent(input);
  return rng.one_in(2) ? revenant::mutate(schedule, table_, rng) : with_another_end(schedule, rng);
}

std::size_t FuzzTarget::mutate(std::uint8_t* data, std::size_t size, std::size_t max_size,
                               unsigned seed) {
  Rng rng(seed);
  const std::span<std::uint8_t> out(data, max_size);
  // While libFuzzer minimizes, size may exceed max_size.
  if (!rng.one_in(8)) {
    Schedule schedule = mutate(std::span(data, size), rng);
    fit_cpus(schedule, rng);
    return write(schedule, out);
  }
  const std::size_t new_size = LLVMFuzzerMutate(data, std::min(size, max_size), max_size);
  if (cpu_count_ == 0) return new_size;
  Schedule schedule = read(std::span(data, new_size));
  fit_cpus(schedule, rng);
  return write(schedule, out);
}

std::size_t FuzzTarget::cross_over(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                   std::span<std::uint8_t> out, unsigned seed) {
  Rng rng(seed);
  Schedule child = revenant::cross_over(parent(a), parent(b), rng);
  fit_cpus(child, rng);
  return write(child, out);
}

}  // namespace revenant
