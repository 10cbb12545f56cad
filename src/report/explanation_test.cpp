#include "report/explanation.h"

#include <regex>

#include "report/test_run.h"

namespace revenant {
namespace {

// Line numbers change with every edit.
std::string explanation(const RecordedRun& run) {
  static const std::regex number(R"(\.cpp:\d+)");
  std::string text;
  for (const std::string& sentence : explain(run.input(), run.recording())) {
    text += std::regex_replace(sentence, number, ".cpp:1") + "\n";
  }
  return text;
}

TEST(Explanation, TellsTheMailsFiveSteps) {
  EXPECT_EQ(
      explanation({"recycle_2010", "as_posted"}),
      "CPU 0 in `lock page0` finds the name of anon_vma0#1 in page0.mapping (step 19, "
      "rmap.cpp:1).\n"
      "CPU 1 in `exit mm0` frees anon_vma0#1 (step 33, rmap.cpp:1), while CPU 0 is inside the RCU "
      "read-side section that it began at step 18: the memory keeps its type, but not its "
      "identity.\n"
      "CPU 2 in `fault mm1 page1` gets the same memory as anon_vma0#2 (step 40, rmap.cpp:1).\n"
      "CPU 0 goes on with the name it has: mutex_trylock(anon_vma0#2.lock) = true at step 51, "
      "atomic_read(anon_vma0#2.refcount) = 1 at step 53. Nothing in the object tells the two "
      "lives apart.\n"
      "The finding, recycled-object, is made on CPU 0 in `lock page0`: relies on anon_vma0#2 as if "
      "it were an earlier life (step 54, ops.cpp:1).\n"
      "What it read at step 20, atomic_read(page0.mapcount) = 1, is out of date since step 24, "
      "memory.cpp:1 (CPU 1 in `exit mm0`): a second look before relying on it finds out.\n");
}

TEST(Explanation, NamesTheLifeThatWasFoundAndTheOneThatIsUsed) {
  const std::string text = explanation(RecordedRun::two_lives_later());
  EXPECT_NE(text.find("CPU 0 in `lock page0` finds the name of anon_vma0#1 in page0.mapping"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("CPU 1 in `exit mm0` frees anon_vma0#1"), std::string::npos) << text;
  EXPECT_NE(text.find("gets the same memory as anon_vma0#2 (step 40, rmap.cpp:1); since step 72, "
                      "rmap.cpp:1 it is anon_vma0#3.\n"),
            std::string::npos)
      << text;
}

TEST(Explanation, OfAnObjectThatNobodyLookedUpSaysNothingOfAName) {
  const std::string text = explanation({"regressions/z17_lock_set_up_again", "m09_lock_reinit"});
  EXPECT_EQ(text.find("the name it has"), std::string::npos) << text;
}

TEST(Explanation, OfWhatTheTearDownDidSaysSo) {
  const RecordedRun run = RecordedRun::of_text(
      "schedule anon_vma\ncpu 0: fault mm0 page0, fork mm0 mm1\n", "m12_root_first");
  ASSERT_TRUE(run.finding());
  EXPECT_NE(run.finding()->text.find("freed by CPU 0 in the tear-down at step"), std::string::npos)
      << run.finding()->text;
}

TEST(Explanation, OfAWrongUnlockSaysWhatIsHeldAndWhatChangedMeanwhile) {
  const std::string text = explanation({"regressions/root_after_count", "v6_mapping_retry"});
  EXPECT_NE(text.find("CPU 0 holds anon_vma0.rwsem since step 78"), std::string::npos) << text;
  EXPECT_NE(text.find("READ_ONCE(anon_vma0#2.root) = anon_vma0#2, is out of date since step 80"),
            std::string::npos)
      << text;
}

TEST(Explanation, OfASleepNamesTheSectionThatForbidsIt) {
  const std::string text =
      explanation({"regressions/z5_last_put_inside_section", "v5_before_2014"});
  EXPECT_NE(text.find("CPU 0 is inside an RCU read-side section since step 21"), std::string::npos)
      << text;
}

struct Shown {
  const char* file;
  const char* variant;
};

TEST(Explanation, HasThreeToSixSentencesForEveryBugOfHistory) {
  for (const Shown& shown :
       {Shown{"recycle_2010", "as_posted"},
        Shown{"regressions/z1_fresh_object_not_locked", "z1_prepare_without_lock"},
        Shown{"regressions/z2_unlocks_another_root", "z2_root_not_remembered"},
        Shown{"regressions/z3_migration_takes_any_reference", "m05_plain_inc"},
        Shown{"regressions/z4_fast_path_trusts_count", "v3_refcount_fast_path"},
        Shown{"regressions/z5_last_put_inside_section", "v5_before_2014"},
        Shown{"regressions/z6_root_freed_before_child", "v5_before_2014"},
        Shown{"regressions/z7_one_counter_for_two", "z7_one_counter"},
        Shown{"regressions/z8_merged_vma_without_chain", "m13_merge_without_clone"},
        Shown{"regressions/z17_lock_set_up_again", "m09_lock_reinit"}}) {
    const RecordedRun run(shown.file, shown.variant);
    const std::size_t count = explain(run.input(), run.recording()).size();
    EXPECT_GE(count, 3U) << explanation(run);
    EXPECT_LE(count, 6U) << explanation(run);
  }
}

TEST(Explanation, OfACleanRunIsThatNothingIsWrong) {
  const RecordedRun run("recycle_2010", "fixed");
  EXPECT_EQ(explain(run.input(), run.recording()).size(), 1U);
}

TEST(Paragraph, BreaksLinesAtSpacesOnly) {
  EXPECT_EQ(as_paragraph({"one two three.", "four"}, 9), "one two\nthree.\nfour\n");
  EXPECT_EQ(as_paragraph({"a-word-too-long"}, 5), "a-word-too-long\n");
}

}  // namespace
}  // namespace revenant
