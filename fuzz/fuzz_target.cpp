#include "fuzz_target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/check.h"
#include "feedback.h"
#include "report/explanation.h"
#include "report/signature.h"
#include "report/timeline.h"
#include "run/native_runner.h"
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

[[noreturn]] void usage_error(const std::string& text) {
  std::fprintf(stderr, "revenant: %s\n", text.c_str());
  std::exit(2);
}

const Subject& subject_named(std::string_view name) {
  const Subject* const subject = find_subject(all_subjects(), name);
  if (subject == nullptr) usage_error("no subject '" + std::string(name) + "'");
  return *subject;
}

// What follows `option` in the last argument that starts with it. libFuzzer passes over arguments
// with two dashes, and hands them on to the processes that -fork, -jobs, -merge and -minimize_crash
// start; other engines would take them for files, so there they are taken out of the list.
std::optional<std::string> option_value(std::string_view option, int* argc, char*** argv) {
  const bool takes_out = !engine_is_libfuzzer();
  std::optional<std::string> value;
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument.starts_with(option)) value = argument.substr(option.size());
    if (!takes_out || !argument.starts_with(option)) (*argv)[kept++] = (*argv)[i];
  }
  *argc = kept;
  return value;
}

const Variant& chosen_variant(const Subject& subject, int* argc, char*** argv) {
  const std::optional<std::string> name = option_value("--variant=", argc, argv);
  if (!name) return subject.variants.front();
  const Variant* const variant = find_variant(subject, *name);
  if (variant != nullptr) return *variant;
  std::string names;
  for (const Variant& v : subject.variants) names.append(" ").append(v.name);
  usage_error("no variant '" + *name + "' of " + std::string(subject.name) + "; there is:" + names);
}

const native::RcuFlavor& chosen_flavor(int* argc, char*** argv) {
  const std::optional<std::string> name = option_value("--engine-option=flavor=", argc, argv);
  if (!name) return *native::all_flavors().front();
  const native::RcuFlavor* const flavor = native::find_flavor(*name);
  if (flavor != nullptr) return *flavor;
  std::string names;
  for (const native::RcuFlavor* const f : native::all_flavors()) names.append(" ").append(f->name);
  usage_error("no flavor '" + *name + "' of RCU; there is:" + names);
}

kernel::MemoryModel chosen_memory(const Variant& variant, int* argc, char*** argv) {
  const std::optional<std::string> name = option_value("--engine-option=memory=", argc, argv);
  if (!name) return variant.memory;
  const std::optional<kernel::MemoryModel> model = kernel::find_memory_model(*name);
  if (!model) usage_error("no memory '" + *name + "'; there is: sc weak alpha");
  return *model;
}

std::size_t chosen_cpu_count(int* argc, char*** argv) {
  const std::optional<std::string> text = option_value("--cpus=", argc, argv);
  if (!text) return 0;
  if (text->size() == 1 && text->front() >= '1' && text->front() <= '0' + int{kMaxScheduleCpus}) {
    return static_cast<std::size_t>(text->front() - '0');
  }
  usage_error("no number of CPUs '" + *text + "'; there is: 1 to " +
              std::to_string(kMaxScheduleCpus));
}

// Called on the stack of the CPU that the finding blames. The order of the lines is what the stack
// parsers of fuzzing services expect; frames named assert are left out of their buckets.
[[noreturn, gnu::noinline]] void assert_no_finding(const Finding& finding) {
  const ReportInput input{.subject = reporting.runner->subject(),
                          .variant = reporting.runner->variant(),
                          .schedule = *reporting.schedule,
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

FuzzTarget::FuzzTarget(std::string_view subject, Engine engine, int* argc, char*** argv)
    : subject_(subject_named(subject)),
      variant_(chosen_variant(subject_, argc, argv)),
      cpu_count_(chosen_cpu_count(argc, argv)),
      table_(subject_.ops) {
  if (engine == Engine::kNative) {
    native_.emplace(native::Options{.flavor = chosen_flavor(argc, argv)});
    runner_ = std::make_unique<NativeRunner>(*native_, subject_, variant_);
  } else {
    sim_.emplace();
    runner_ =
        std::make_unique<Runner>(*sim_, subject_, variant_, chosen_memory(variant_, argc, argv));
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

void FuzzTarget::count(const Schedule& schedule, const Outcome& outcome) {
  ++ran_.inputs;
  if (schedule.cpus.size() != cpu_count_) ++ran_.of_other_cpus;
  for (const Ops& ops : schedule.cpus) ran_.ops += ops.size();
  ran_.points += outcome.steps;
}

void FuzzTarget::run(std::span<const std::uint8_t> input) {
  const Schedule schedule = read(input);
  native_ ? run_in_native(schedule) : run_in_sim(schedule);
  hand_on_feedback();
}

void FuzzTarget::run_in_sim(const Schedule& schedule) {
  const Outcome outcome = runner_->run(schedule, {.features = &feedback_counters()});
  count(schedule, outcome);
  if (!outcome.finding) return;
  // Once more with a trace, which the loop does not record.
  static sim::Trace trace;
  constexpr std::string_view kSmaller = "; smaller: revenant minimize";
  const kernel::MemoryModel model = runner_->memory_model();
  const std::string option =
      model == variant_.memory ? "" : " --engine-option=memory=" + std::string(name_of(model));
  const std::string how_to_replay = option + std::string(kSmaller);
  reporting = {.runner = runner_.get(),
               .schedule = &schedule,
               .trace = &trace,
               .how_to_replay = how_to_replay.c_str()};
  runner_->run(schedule, {.trace = &trace, .on_finding = &on_finding});
  check_failed("a finding is found again when its schedule is replayed", __FILE__, __LINE__);
}

// A finding of threads may not come again, so it is told as it is met.
void FuzzTarget::run_in_native(const Schedule& schedule) {
  static sim::Trace trace;
  reporting = {.runner = runner_.get(),
               .schedule = &schedule,
               .trace = &trace,
               .how_to_replay = " --engine native --repeat 1000"};
  const Outcome outcome = runner_->run(
      schedule, {.trace = &trace, .features = &feedback_counters(), .on_finding = &on_finding});
  count(schedule, outcome);
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
    if (ops.empty()) ops = random_schedule(table_, rng).cpus.front();
  }
  normalize(schedule);
}

Schedule FuzzTarget::mutate(std::span<const std::uint8_t> input, Rng& rng) const {
  Schedule schedule =
      rng.below(7) < 2 ? random_schedule(table_, rng) : revenant::mutate(read(input), table_, rng);
  fit_cpus(schedule, rng);
  return schedule;
}

std::size_t FuzzTarget::mutate(std::uint8_t* data, std::size_t size, std::size_t max_size,
                               unsigned seed) {
  Rng rng(seed);
  const std::span<std::uint8_t> out(data, max_size);
  // While libFuzzer minimizes, size may exceed max_size.
  if (!rng.one_in(8)) return write(mutate(std::span(data, size), rng), out);
  const std::size_t new_size = LLVMFuzzerMutate(data, std::min(size, max_size), max_size);
  if (cpu_count_ == 0) return new_size;
  Schedule schedule = read(std::span(data, new_size));
  fit_cpus(schedule, rng);
  return write(schedule, out);
}

std::size_t FuzzTarget::cross_over(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                   std::span<std::uint8_t> out, unsigned seed) {
  Rng rng(seed);
  Schedule child = revenant::cross_over(read(a), read(b), rng);
  fit_cpus(child, rng);
  return write(child, out);
}

}  // namespace revenant
