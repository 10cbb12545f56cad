// What the anon rmap of src/subjects/anon_vma refuses because Linux does.
#include <gtest/gtest.h>

#include <string>

#include "run/transcript.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

// How often a mapping is set when one CPU does `ops`, one after the other.
std::size_t mappings_set(const std::string& ops) {
  const Subject& subject = *find_subject(all_subjects(), "anon_vma");
  const auto parsed =
      parse_text("schedule anon_vma\ncpu 0: " + ops + "\n", subject.name, OpTable(subject.ops));
  EXPECT_TRUE(std::holds_alternative<Schedule>(parsed)) << ops;
  Transcriber runs;
  const Outcome outcome = runs.run(subject, subject.variants.front(), std::get<Schedule>(parsed));
  EXPECT_FALSE(outcome.finding.has_value()) << runs.text();
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

}  // namespace
}  // namespace revenant
