#include "run/runner.h"

#include <gtest/gtest.h>

#include "run/search.h"
#include "run/transcript.h"
#include "schedule/byte_codec.h"
#include "schedule/generator.h"
#include "schedule/mutator.h"
#include "schedule/schedule_choices.h"
#include "schedule/text_form.h"

// A report of a sanitizer is a finding of the run, not the end of this program.
extern "C" const char* __tsan_default_options() {
  return "halt_on_error=0:report_signal_unsafe=0:suppress_equal_stacks=0:"
         "suppress_equal_addresses=0:exitcode=0";
}
extern "C" const char* __asan_default_options() {
  return "halt_on_error=0:detect_leaks=0:exitcode=0";
}

namespace revenant {
namespace {

const Subject& anon_vma() { return *find_subject(all_subjects(), "anon_vma"); }
const Variant& variant(std::string_view name) { return *find_variant(anon_vma(), name); }

Schedule read(std::string_view lines) {
  const auto result =
      parse_text("schedule anon_vma\n" + std::string(lines), "anon_vma", OpTable(anon_vma().ops));
  const auto* const error = std::get_if<ParseError>(&result);
  EXPECT_EQ(error, nullptr) << error->line << ": " << error->expected;
  return error != nullptr ? Schedule{} : std::get<Schedule>(result);
}

std::vector<Schedule> random_schedules(std::uint64_t seed, std::size_t count) {
  const OpTable table(anon_vma().ops);
  Rng rng(seed);
  std::vector<Schedule> schedules;
  while (schedules.size() < count) schedules.push_back(random_schedule(table, rng));
  return schedules;
}

// The five steps of the mail.
constexpr std::string_view kRecycle =
    "cpu 0: lock page0\n"
    "cpu 1: fault mm0 page0, exit mm0\n"
    "cpu 2: fault mm1 page1\n"
    "preempt cpu 0 op 0 point 0 to cpu 1\n"
    "preempt cpu 1 op 1 point 0 to cpu 0\n"
    "preempt cpu 0 op 0 point 5 to cpu 1\n";

TEST(Runner, ReportsTheFindingOfARunWithWhereItIsAndHowManyStepsItTook) {
  Transcriber runs;
  const Outcome outcome = runs.run(anon_vma(), variant("as_posted"), read(kRecycle));
  ASSERT_TRUE(outcome.finding.has_value());
  EXPECT_EQ(outcome.finding->kind, FindingKind::kRecycledObject);
  EXPECT_EQ(outcome.finding->at.cpu, CpuId{0});
  EXPECT_EQ(outcome.finding->at.op, 0U);
  EXPECT_EQ(outcome.finding->step, outcome.steps);
}

TEST(Runner, HasNoFindingWhereTheVariantIsClean) {
  Transcriber runs;
  const Outcome outcome = runs.run(anon_vma(), variant("fixed"), read(kRecycle));
  EXPECT_FALSE(outcome.finding.has_value()) << outcome.finding->text;
  EXPECT_GT(outcome.steps, 0U);
}

TEST(Runner, RunsTheOpsOfEachCpuInOrderByDefault) {
  Transcriber runs;
  runs.run(anon_vma(), variant("fixed"),
           read("cpu 0: fault mm0 page0\ncpu 1: lock page0\ncpu 2: get page0\n"));
  const std::size_t map = runs.text().find("CPU 0 begin fault");
  const std::size_t lock = runs.text().find("CPU 1 begin lock");
  const std::size_t get = runs.text().find("CPU 2 begin get");
  const std::size_t tear_down = runs.text().find("CPU 0 begin tear down");
  EXPECT_LT(map, lock);
  EXPECT_LT(lock, get);
  EXPECT_LT(get, tear_down);
  EXPECT_NE(tear_down, std::string::npos);
}

TEST(Runner, ARunWithoutOpsIsCleanAndGoesToTearDown) {
  Transcriber runs;
  const Outcome outcome = runs.run(anon_vma(), variant("fixed"), read("cpu 0:\ncpu 1:\n"));
  EXPECT_FALSE(outcome.finding.has_value());
  EXPECT_NE(runs.text().find("begin tear down"), std::string::npos);
}

TEST(Runner, TheOutcomeDependsOnTheScheduleAlone) {
  Transcriber runs;
  const std::vector<Schedule> schedules = random_schedules(1, 60);
  for (const Variant& v : anon_vma().variants) {
    for (std::size_t i = 0; i < schedules.size(); ++i) {
      runs.renew_machine();
      const std::string first = runs.transcript(anon_vma(), v, schedules[i]);
      runs.run(anon_vma(), v, schedules[(i + 1) % schedules.size()]);
      const std::string again = runs.transcript(anon_vma(), v, schedules[i]);
      ASSERT_TRUE(is_same_up_to_a_race(again, first)) << v.name << " " << i << again << first;
    }
  }
}

TEST(Runner, ARunOwesNothingToAFindingBeforeIt) {
  Transcriber runs;
  for (const Schedule& schedule : random_schedules(2, 60)) {
    runs.renew_machine();
    const std::string first = runs.transcript(anon_vma(), variant("fixed"), schedule);
    ASSERT_TRUE(runs.run(anon_vma(), variant("as_posted"), read(kRecycle)).finding.has_value());
    ASSERT_EQ(runs.transcript(anon_vma(), variant("fixed"), schedule), first);
  }
}

TEST(Runner, ACpuWithoutOpsOwesNothingToTheRunBefore) {
  // Where CPU 0 ends is the question of this schedule; before it, CPU 0 stood at another point.
  for (std::uint16_t point = 0; point < 20; ++point) {
    Schedule schedule = read("cpu 0:\ncpu 1: fault mm0 page0\ncpu 2: fault mm1 page1\n");
    schedule.preemptions.push_back(
        {.at = {.cpu = CpuId{0}, .op = 0, .point = point}, .to = CpuId{2}});
    Transcriber runs;
    const std::string first = runs.transcript(anon_vma(), variant("fixed"), schedule);
    runs.run(anon_vma(), variant("fixed"), read("cpu 0: fault mm0 page0\n"));
    ASSERT_EQ(runs.transcript(anon_vma(), variant("fixed"), schedule), first) << point;
  }
}

TEST(Runner, WhoRunsWhenACpuHasEndedIsAskedAtTheOpAfterItsLast) {
  Transcriber runs;
  const std::string text = runs.transcript(anon_vma(), variant("fixed"),
                                           read("cpu 0: fault mm0 page0\n"
                                                "cpu 1: fault mm1 page1\n"
                                                "cpu 2: fault mm2 page2\n"
                                                "preempt cpu 0 op 1 point 0 to cpu 2\n"));
  EXPECT_LT(text.find("CPU 0 end fault"), text.find("CPU 2 begin fault"));
  EXPECT_LT(text.find("CPU 2 begin fault"), text.find("CPU 1 begin fault"));
}

TEST(Runner, TheFeaturesOfARunDependOnTheScheduleAlone) {
  const std::vector<Schedule> schedules = random_schedules(4, 60);
  const auto features_of = [](Runner& runner, const Schedule& schedule) {
    sim::FeatureCounters features{};
    runner.run(schedule, {.features = &features});
    return features;
  };
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    sim::Machine machine;
    Runner runner(machine, anon_vma(), variant("as_posted"));
    const sim::FeatureCounters first = features_of(runner, schedules[i]);
    features_of(runner, schedules[(i + 1) % schedules.size()]);
    ASSERT_TRUE(features_of(runner, schedules[i]) == first) << i;
  }
}

// Passes questions on, and judges whether those of each CPU come in the order of their anchors. It
// is part of the microscope: TSan must not take what it keeps for the code under test's.
class AnchorJudge final : public Choices {
 public:
  explicit AnchorJudge(Choices& source) : source_(source) {}

  [[clang::no_sanitize("thread")]] CpuId next_cpu(const RunQuestion& question) override {
    const auto cpu = static_cast<std::size_t>(question.at.cpu);
    if (asked_[cpu] && !comes_before(last_[cpu], question.at)) {
      in_order_ = false;
      wrong_ = question.at;
    }
    asked_[cpu] = true;
    last_[cpu] = question.at;
    return source_.next_cpu(question);
  }
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override {
    return source_.pick(at, count);
  }

  bool in_order() const { return in_order_; }
  const Anchor& wrong() const { return wrong_; }

 private:
  Choices& source_;
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): the members of std::array are instrumented.
  bool asked_[kAnchorCpus] = {};
  Anchor last_[kAnchorCpus] = {};  // NOLINT(modernize-avoid-c-arrays)
  Anchor wrong_{};
  bool in_order_ = true;
};

TEST(Runner, EveryQuestionOfACpuHasAnAnchorOfItsOwn) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("fixed"));
  for (const Schedule& schedule : random_schedules(3, 300)) {
    ScheduleChoices choices(schedule);
    AnchorJudge judge(choices);
    runner.run(schedule, judge);
    ASSERT_TRUE(judge.in_order()) << "CPU " << index_of(judge.wrong().cpu) << " op "
                                  << judge.wrong().op << " point " << judge.wrong().point;
  }
}

// Nothing where the walk of the schedule does not fit into a schedule's lists; else whether what
// was written out of it runs as the walk did.
std::optional<bool> runs_the_same_made_explicit(Transcriber& runs, const Variant& v,
                                                const Schedule& schedule) {
  Runner runner(runs.machine(), anon_vma(), v);
  const Schedule written = made_explicit(runner, schedule);
  if (written.walk) {
    EXPECT_EQ(written, schedule) << "what cannot be written out stays as it was";
    return std::nullopt;
  }
  EXPECT_EQ(written.cpus, schedule.cpus);
  const std::string walked = runs.transcript(anon_vma(), v, schedule);
  return is_same_up_to_a_race(runs.transcript(anon_vma(), v, written), walked);
}

struct Drawn {
  Outcome outcome;
  Schedule written;
  std::uint32_t effects = 0;
  std::uint16_t questions = 0;
};

Drawn draw(sim::Machine& machine, const Variant& v, std::uint64_t seed) {
  Rng rng(seed);
  Runner runner(machine, anon_vma(), v);
  Drawn drawn;
  drawn.outcome = runner.run_and_write(drawn_schedule(rng), {}, drawn.written);
  drawn.effects = machine.effects();
  drawn.questions = machine.questions();
  normalize(drawn.written);
  return drawn;
}

// TSan sees some but now and then.
bool is_race(const Outcome& outcome) {
  return outcome.finding && outcome.finding->kind == FindingKind::kDataRace;
}

// What is passed over leaves no trace: the same questions, effects, and the same finding.
TEST(DrawnProgram, RunsAgainAsItIsWritten) {
  sim::Machine machine;
  int findings = 0;
  int written = 0;
  for (const std::string_view name : {"as_posted", "v6_repaired", "m22_no_unlink_lock"}) {
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
      const Drawn first = draw(machine, variant(name), seed);
      if (first.written.draws) continue;
      ++written;
      const Outcome again = Runner(machine, anon_vma(), variant(name)).run(first.written);
      if (is_race(first.outcome) || is_race(again)) continue;
      ASSERT_EQ(again.finding.has_value(), first.outcome.finding.has_value()) << name << seed;
      ASSERT_EQ(machine.effects(), first.effects) << name << ", seed " << seed << ", steps "
                                                  << first.outcome.steps << " and " << again.steps;
      ASSERT_EQ(machine.questions(), first.questions) << name << ", seed " << seed;
      ASSERT_LE(again.steps, first.outcome.steps) << name << ", seed " << seed;
      if (!again.finding) continue;
      ++findings;
      ASSERT_EQ(again.finding->kind, first.outcome.finding->kind) << name << ", seed " << seed;
      ASSERT_EQ(again.finding->at, first.outcome.finding->at) << name << ", seed " << seed;
    }
  }
  EXPECT_GT(written, 2'000);
  EXPECT_GT(findings, 5);
}

TEST(DrawnProgram, IsTheSameRunWhoeverLooksOn) {
  sim::Machine machine;
  sim::Trace trace;
  sim::FeatureCounters features{};
  const OpTable table(anon_vma().ops);
  for (const std::string_view name : {"as_posted", "m22_no_unlink_lock"}) {
    Runner runner(machine, anon_vma(), variant(name));
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Rng rng(seed);
      Schedule schedule = drawn_schedule(rng);
      if (rng.one_in(2)) {
        schedule = with_another_end(made_explicit(runner, schedule), rng);
        normalize(schedule);
      }
      const Outcome bare = runner.run(schedule);
      const OpsByCpu program = runner.program();
      Schedule written;
      const Outcome watched =
          runner.run_and_write(decode(encode(schedule, table), table),
                               {.trace = &trace, .features = &features}, written);
      if (is_race(bare) || is_race(watched)) continue;
      ASSERT_EQ(runner.program(), program) << name << ", seed " << seed;
      ASSERT_EQ(watched.steps, bare.steps) << name << ", seed " << seed;
      ASSERT_EQ(watched.finding.has_value(), bare.finding.has_value()) << name << ", seed " << seed;
      if (bare.finding) ASSERT_EQ(watched.finding->kind, bare.finding->kind);
    }
  }
}

// Of those that were passed over a trace has nothing.
TEST(DrawnProgram, IsTracedAsItIsWritten) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("v6_repaired"));
  sim::Trace trace;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    Schedule written;
    runner.run_and_write(drawn_schedule(rng), {.trace = &trace}, written);
    if (written.draws) continue;
    ASSERT_EQ(runner.program(), written.cpus);
    std::vector<std::string_view> begun;
    std::vector<std::string_view> listed;
    for (std::uint8_t cpu = 0; cpu < written.cpus.size(); ++cpu) {
      for (const OpCall& call : written.cpus[cpu]) listed.push_back(anon_vma().ops[call.op].name);
      for (const sim::Event& event : trace.events()) {
        const bool is_its = event.at.cpu == CpuId{cpu} && event.at.op != kTearDownOp;
        if (is_its && event.what == sim::Primitive::kOpBegin) begun.emplace_back(event.text);
      }
    }
    ASSERT_EQ(begun, listed) << "seed " << seed;
  }
}

TEST(DrawnProgram, HasMoreOpsThatDoSomethingThanARandomOne) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("fixed"));
  std::uint64_t effects_drawn = 0;
  std::uint64_t effects_random = 0;
  for (const Schedule& schedule : random_schedules(9, 500)) {
    runner.run(schedule);
    effects_random += machine.effects();
  }
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    effects_drawn += draw(machine, variant("fixed"), seed).effects;
  }
  EXPECT_GT(effects_drawn, effects_random * 3 / 2);
}

TEST(MadeExplicit, RunsAsTheWalkDidWithoutAWalk) {
  const std::vector<Schedule> schedules = random_schedules(5, 300);
  Transcriber runs;
  for (const Variant& v : anon_vma().variants) {
    int complete = 0;
    for (std::size_t i = 0; i < schedules.size(); ++i) {
      const std::optional<bool> is_same = runs_the_same_made_explicit(runs, v, schedules[i]);
      ASSERT_TRUE(is_same.value_or(true)) << v.name << ", schedule " << i;
      if (is_same) ++complete;
    }
    EXPECT_GT(complete, 150) << v.name << ": most walks fit into a schedule's lists";
  }
}

TEST(MadeExplicit, KeepsTheFindingOfASearch) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("as_posted"));
  Transcriber runs;
  int complete = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const SearchResult result = Search(runner, seed).run({.executions = 20'000});
    ASSERT_TRUE(result.finding.has_value()) << "seed " << seed;
    const Schedule written = made_explicit(runner, result.schedule);
    if (written.walk) continue;
    ++complete;
    const Outcome again = runner.run(written);
    ASSERT_TRUE(again.finding.has_value()) << "seed " << seed;
    ASSERT_EQ(again.finding->kind, result.finding->kind) << "seed " << seed;
  }
  EXPECT_GE(complete, 5);
}

TEST(MadeExplicit, LeavesAWalkThatDoesNotFitAsItIs) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("fixed"));
  Schedule busy = read("cpu 0: fault mm0 page0\ncpu 1:\ncpu 2:\ncpu 3:\n");
  const OpCall get_page0 = read("cpu 0: get page0\n").cpus[0][0];
  for (Ops& ops : busy.cpus) ops.resize(kMaxOpsPerCpu, get_page0);
  int too_long = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    busy.walk = seed;
    const Schedule written = made_explicit(runner, busy);
    if (!written.walk) continue;
    ++too_long;
    ASSERT_EQ(written, busy) << "walk " << seed;
  }
  EXPECT_GT(too_long, 0);
  EXPECT_LT(too_long, 100);
}

TEST(MadeExplicit, LeavesAnExplicitScheduleAsItIs) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("as_posted"));
  const Schedule schedule = read(kRecycle);
  EXPECT_EQ(made_explicit(runner, schedule), schedule);
}

TEST(MadeExplicit, DropsWhatNoQuestionAskedFor) {
  sim::Machine machine;
  Runner runner(machine, anon_vma(), variant("as_posted"));
  EXPECT_EQ(
      made_explicit(runner, read(std::string(kRecycle) + "preempt cpu 0 op 7 point 0 to cpu 1\n"
                                                         "choose cpu 2 op 0 point 200 value 1\n")),
      read(kRecycle));
}

}  // namespace
}  // namespace revenant
