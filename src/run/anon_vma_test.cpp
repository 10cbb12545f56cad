// What the anon rmap of src/subjects/anon_vma refuses because Linux does.
#include <gtest/gtest.h>

#include <string>

#include "run/transcript.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

// One CPU does `ops`, one after the other.
Outcome outcome_of(Transcriber& runs, const char* variant, const std::string& ops) {
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  const auto parsed =
      parse_text("schedule anon_vma\ncpu 0: " + ops + "\n", subject.name, OpTable(subject.ops));
  EXPECT_TRUE(std::holds_alternative<Schedule>(parsed)) << ops;
  return runs.run(subject, *find_variant(subject, variant), std::get<Schedule>(parsed));
}

// How often a mapping is set.
std::size_t mappings_set(const std::string& ops) {
  Transcriber runs;
  EXPECT_FALSE(outcome_of(runs, "v6_repaired", ops).finding.has_value()) << runs.text();
  const std::string text = runs.text();
  const std::string set = "WRITE_ONCE(page0.mapping, anon_vma";
  std::size_t count = 0;
  for (std::size_t at = text.find(set); at != std::string::npos; at = text.find(set, at + 1)) {
    ++count;
  }
  return count;
}

TEST(UffdioMove, MovesAPageThatOneProcessAloneHasEverMapped) {
  EXPECT_EQ(mappings_set("fault mm0 page0, move mm0 page0"), 2U);
  EXPECT_EQ(mappings_set("fault mm0 page1, fork mm0 mm1, fault mm1 page0, move mm1 page0"), 2U);
}

// PageAnonExclusive does not come back with the last of the others.
TEST(UffdioMove, MovesNoPageThatAForkHasShared) {
  EXPECT_EQ(mappings_set("fault mm0 page0, fork mm0 mm1, move mm0 page0, move mm1 page0"), 1U);
  EXPECT_EQ(mappings_set("fault mm0 page0, fork mm0 mm1, exit mm1, move mm0 page0"), 1U);
  EXPECT_EQ(mappings_set("fault mm0 page0, fork mm0 mm1, exit mm0, move mm1 page0"), 1U);
}

// Nothing is moved, so no link is missing yet.
TEST(Fork, OfAPageThatStaysExclusiveIsABug) {
  Transcriber runs;
  const Outcome outcome =
      outcome_of(runs, "m33_fork_keeps_exclusive", "fault mm0 page0, fork mm0 mm1");
  ASSERT_TRUE(outcome.finding.has_value());
  EXPECT_EQ(outcome.finding->text, "page0 is exclusive and mapped 2 times");
}

}  // namespace
}  // namespace revenant
