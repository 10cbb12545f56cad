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

// Called on the stack of the CPU that the finding blames. The order of the lines is what the stack
// parsers of fuzzing services expect; frames named assert are left out of their buckets.
[[noreturn, gnu::noinline]] void assert_no_finding(const Finding& finding) {
  const ReportInput input{.subject = reporting.runner->subject(),
                          .variant = reporting.runner->variant(),
                          .schedule = *reporting.schedule,
                          .events = reporting.trace->events(),
                          .memory = reporting.runner->memory(),
                          .finding = finding};
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
      table_(subject_.ops) {
  if (engine == Engine::kNative) {
    native_.emplace(native::Options{.flavor = chosen_flavor(argc, argv)});
    runner_ = std::make_unique<NativeRunner>(*native_, subject_, variant_);
  } else {
    sim_.emplace();
    runner_ = std::make_unique<Runner>(*sim_, subject_, variant_);
  }
}

void FuzzTarget::run(std::span<const std::uint8_t> input) {
  const Schedule schedule = read(input);
  native_ ? run_in_native(schedule) : run_in_sim(schedule);
  hand_on_feedback();
}

void FuzzTarget::run_in_sim(const Schedule& schedule) {
  if (!runner_->run(schedule, {.features = &feedback_counters()}).finding) return;
  // Once more with a trace, which the loop does not record.
  static sim::Trace trace;
  reporting = {.runner = runner_.get(),
               .schedule = &schedule,
               .trace = &trace,
               .how_to_replay = "; smaller: revenant minimize"};
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
  runner_->run(schedule,
               {.trace = &trace, .features = &feedback_counters(), .on_finding = &on_finding});
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

std::size_t FuzzTarget::mutate(std::uint8_t* data, std::size_t size, std::size_t max_size,
                               unsigned seed) {
  Rng rng(seed);
  // While libFuzzer minimizes, size may exceed max_size.
  const std::span<const std::uint8_t> input(data, size);
  switch (rng.below(8)) {
    case 0:
      return LLVMFuzzerMutate(data, std::min(size, max_size), max_size);
    case 1:
    case 2:
      return write(random_schedule(table_, rng), {data, max_size});
    default:
      return write(revenant::mutate(read(input), table_, rng), {data, max_size});
  }
}

std::size_t FuzzTarget::cross_over(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                   std::span<std::uint8_t> out, unsigned seed) {
  Rng rng(seed);
  return write(revenant::cross_over(read(a), read(b), rng), out);
}

}  // namespace revenant
