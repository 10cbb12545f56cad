// Every file of corpus/, on every variant of its subject.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "run/transcript.h"
#include "schedule/byte_codec.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;

struct Input {
  std::string name;
  const Subject* subject = nullptr;
  Schedule schedule;
};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Schedule read_schedule(const fs::path& path, const Subject& subject) {
  const std::string content = read_file(path);
  const OpTable table(subject.ops);
  if (!looks_like_text(content)) {
    return decode(std::vector<std::uint8_t>(content.begin(), content.end()), table);
  }
  const auto result = parse_text(content, subject.name, table);
  const auto* const error = std::get_if<ParseError>(&result);
  EXPECT_EQ(error, nullptr) << path << ":" << error->line << ": expected " << error->expected;
  return error != nullptr ? Schedule{} : std::get<Schedule>(result);
}

// In the order of their names, which the file system does not promise.
std::vector<Input> corpus() {
  std::vector<Input> inputs;
  for (const Subject* const subject : all_subjects()) {
    const fs::path folder = fs::path(REVENANT_SOURCE_DIR) / "corpus" / subject->name;
    if (!fs::exists(folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      inputs.push_back({.name = entry.path().stem().string(),
                        .subject = subject,
                        .schedule = read_schedule(entry.path(), *subject)});
    }
  }
  std::ranges::sort(inputs, {}, &Input::name);
  return inputs;
}

TEST(Corpus, HasTheRecycleOfTheMail) {
  const std::vector<Input> inputs = corpus();
  EXPECT_NE(std::ranges::find(inputs, "recycle_2010", &Input::name), inputs.end());
}

TEST(Corpus, IsSilentOnCleanVariants) {
  Transcriber runs;
  for (const Input& input : corpus()) {
    for (const Variant& v : input.subject->variants) {
      if (v.expected) continue;
      const Outcome outcome = runs.run(*input.subject, v, input.schedule);
      // A variant that lacks one hole may have another, which it then declares.
      EXPECT_FALSE(outcome.finding && !declares(v, outcome.finding->kind))
          << input.name << " on " << v.name << "\n"
          << runs.text();
    }
  }
}

TEST(Corpus, ShowsNoOtherFindingThanTheVariantDeclares) {
  Transcriber runs;
  for (const Input& input : corpus()) {
    for (const Variant& v : input.subject->variants) {
      const Outcome outcome = runs.run(*input.subject, v, input.schedule);
      if (!outcome.finding) continue;
      EXPECT_TRUE(declares(v, outcome.finding->kind))
          << input.name << " on " << v.name << ": " << outcome.finding->text << "\n"
          << runs.text();
    }
  }
}

TEST(Corpus, RecyclesTheObjectInTheVariantsOf2010) {
  Transcriber runs;
  for (const Input& input : corpus()) {
    if (!input.name.starts_with("recycle_2010")) continue;
    for (const char* const name : {"as_posted", "as_posted_recheck"}) {
      const Variant& v = *find_variant(*input.subject, name);
      const Outcome outcome = runs.run(*input.subject, v, input.schedule);
      ASSERT_TRUE(outcome.finding.has_value()) << input.name << " on " << name;
      EXPECT_EQ(outcome.finding->kind, FindingKind::kRecycledObject) << outcome.finding->text;
    }
  }
}

TEST(Corpus, EachSeedStillShowsWhatItIsNamedFor) {
  const std::pair<std::string_view, std::string_view> shown[] = {
      {"flush_waits", "CPU 1 waits for(anon_vma0.lock)"},
      {"fault_exit", "kmem_cache_alloc(anon_vma0#2)"},
      {"fork_walk", "CPU 1 READ_ONCE(mm1.ptes[2]) = 1"},
      {"free_under_holder", "CPU 0 atomic_read(page0.mapcount) = 0"},
      {"page_given_back", "slab page returned(anon_vma0#1:freed)"},
      {"recycle_2010", "CPU 0 mutex_trylock(anon_vma0#2.lock) = true"},
      {"recycle_2010_get", "CPU 0 atomic_inc_not_zero(anon_vma0#2.refcount) 1 -> 2 = true"},
      {"slow_path", "CPU 0 mutex_trylock(anon_vma0#1.lock) = false"},
  };
  Transcriber runs;
  const std::vector<Input> inputs = corpus();
  for (const auto& [name, line] : shown) {
    const auto input = std::ranges::find(inputs, name, &Input::name);
    ASSERT_NE(input, inputs.end()) << name;
    runs.run(*input->subject, *find_variant(*input->subject, "fixed"), input->schedule);
    EXPECT_NE(runs.text().find(line), std::string::npos) << name << "\n" << runs.text();
  }
}

TEST(Corpus, RunsAloneAsItRunsAfterAllOthers) {
  const std::vector<Input> inputs = corpus();
  Transcriber shared;
  Transcriber alone;
  for (int round = 0; round < 2; ++round) {
    for (const Input& input : inputs) {
      for (const Variant& v : input.subject->variants) {
        const std::string after_others = shared.transcript(*input.subject, v, input.schedule);
        alone.renew_machine();
        const std::string by_itself = alone.transcript(*input.subject, v, input.schedule);
        EXPECT_TRUE(is_same_up_to_a_race(by_itself, after_others))
            << input.name << " on " << v.name << ", round " << round << "\n"
            << by_itself << after_others;
      }
    }
  }
}

TEST(Corpus, IsTheSameInBothForms) {
  for (const Input& input : corpus()) {
    const OpTable table(input.subject->ops);
    const std::string_view subject = input.subject->name;
    EXPECT_EQ(decode(encode(input.schedule, table), table), input.schedule) << input.name;
    const auto result = parse_text(to_text(input.schedule, subject, table), subject, table);
    ASSERT_TRUE(std::holds_alternative<Schedule>(result)) << input.name;
    EXPECT_EQ(std::get<Schedule>(result), input.schedule) << input.name;
  }
}

}  // namespace
}  // namespace revenant
