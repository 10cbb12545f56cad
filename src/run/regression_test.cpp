// The bugs of history, as schedules: each shows on the version that had it, and not on the one that
// fixed it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <string>

#include "run/transcript.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;

struct Regression {
  const char* name;
  const char* buggy;
  FindingKind kind;
  const char* function;  // Where the finding is made.
  const char* fixed;
  const char* subject = "anon_vma";
};

fs::path folder_of(const char* subject) {
  return fs::path(REVENANT_SOURCE_DIR) / "corpus" / subject / "regressions";
}

// Else a test's name holds addresses.
void PrintTo(const Regression& regression, std::ostream* out) { *out << regression.name; }

using Kind = FindingKind;

constexpr Regression kRegressions[] = {
    {"z1_fresh_object_not_locked", "z1_prepare_without_lock", Kind::kBugOn, "anon_vma_chain_link",
     "v0_callers_cope"},
    {"z2_unlocks_another_root", "z2_root_not_remembered", Kind::kWrongUnlock,
     "page_lock_anon_vma_in_section", "v1_root_spinlock"},
    {"z3_migration_takes_any_reference", "m05_plain_inc", Kind::kRefcount, "pin", "v6_repaired"},
    {"z4_fast_path_trusts_count", "v3_refcount_fast_path", Kind::kRecycledObject, "lock",
     "v4_mapped_recheck"},
    {"z5_last_put_inside_section", "v5_before_2014", Kind::kSleepInRcu, "flush_readers",
     "v5_rwsem"},
    {"z6_root_freed_before_child", "v5_before_2014", Kind::kAccessOutsideRcu, "is_locked",
     "v5_rwsem"},
    {"z7_one_counter_for_two", "z7_one_counter", Kind::kBugOn, "fork_mm", "v5_rwsem"},
    {"z8_merged_vma_without_chain", "m13_merge_without_clone", Kind::kBugOn, "check_mapped_pages",
     "v6_repaired"},
    {"link_allocated_under_spinlock", "m34_allocates_under_lock", Kind::kSleepInAtomic,
     "alloc_chain", "v1_root_spinlock"},
    {"z17_lock_set_up_again", "m09_lock_reinit", Kind::kBadConstructorState, "anon_vma_alloc",
     "v6_repaired"},
    {"root_after_count", "v6_mapping_retry", Kind::kWrongUnlock, "anon_vma_unlock_read",
     "v6_repaired"},
    {"root_of_another_life", "v6_root_before_count", Kind::kWrongUnlock, "anon_vma_unlock_read",
     "v6_repaired"},
    {"root_before_it_is_seen", "weak_count_before_root", Kind::kWrongUnlock, "anon_vma_unlock_read",
     "weak_flush_always"},
    {"key_of_a_former_life", "no_key_recheck", Kind::kRecycledObject, "find", "fixed",
     "nf_conntrack"},
    {"same_key_not_in_table", "no_confirmed_recheck", Kind::kBugOn, "find", "fixed",
     "nf_conntrack"},
    {"z12a_chain_reset_on_reuse", "chain_reset_on_reuse", Kind::kBugOn, "nf_conntrack_find_get",
     "fixed", "nf_conntrack"},
    {"z12b_count_seen_before_key", "weak_count_before_key", Kind::kRecycledObject, "find",
     "weak_fixed", "nf_conntrack"},
    {"z13_confirmed_of_a_former_life", "weak_inc_relaxed", Kind::kBugOn, "unlink", "weak_fixed",
     "nf_conntrack"},
    {"z14_confirmed_before_chain", "confirmed_before_chain", Kind::kBugOn, "unlink", "fixed",
     "nf_conntrack"},
    {"z15_other_chain", "no_chain_check", Kind::kBugOn, "nf_conntrack_find_get", "fixed",
     "nf_conntrack"},
    {"z16_count_before_key", "count_before_key", Kind::kRecycledObject, "find", "fixed",
     "nf_conntrack"},
};

const Subject& subject_of(const Regression& regression) {
  return *find_subject(all_subjects(), regression.subject);
}

Schedule schedule_of(const Regression& regression) {
  std::ifstream in(folder_of(regression.subject) / (std::string(regression.name) + ".schedule"),
                   std::ios::binary);
  EXPECT_TRUE(in) << regression.name;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Subject& subject = subject_of(regression);
  const auto result = parse_text(text, subject.name, OpTable(subject.ops));
  const auto* const error = std::get_if<ParseError>(&result);
  EXPECT_EQ(error, nullptr) << regression.name << ":" << error->line << ": expected "
                            << error->expected;
  return error != nullptr ? Schedule{} : std::get<Schedule>(result);
}

class EveryRegression : public testing::TestWithParam<Regression> {
 protected:
  Outcome run_on(const char* variant) {
    const Subject& subject = subject_of(GetParam());
    const Variant* const found = find_variant(subject, variant);
    EXPECT_NE(found, nullptr) << variant;
    return found == nullptr ? Outcome{} : runs_.run(subject, *found, schedule_of(GetParam()));
  }

  Transcriber runs_;
};

TEST_P(EveryRegression, ShowsOnTheVersionThatHadTheBug) {
  const Outcome outcome = run_on(GetParam().buggy);
  ASSERT_TRUE(outcome.finding.has_value()) << runs_.text();
  // TSan may see the hole before an oracle does, where the variant says so.
  const auto& also = find_variant(subject_of(GetParam()), GetParam().buggy)->also;
  const bool is_declared_race = outcome.finding->kind == Kind::kDataRace &&
                                std::find(also.begin(), also.end(), Kind::kDataRace) != also.end();
  if (is_declared_race) return;
  EXPECT_EQ(name_of(outcome.finding->kind), name_of(GetParam().kind)) << runs_.text();
  const std::string function = outcome.finding->site.function_name();
  EXPECT_NE(function.find(std::string(GetParam().function) + "("), std::string::npos) << function;
}

TEST_P(EveryRegression, IsSilentOnTheVersionThatFixedIt) {
  const Outcome outcome = run_on(GetParam().fixed);
  EXPECT_FALSE(outcome.finding.has_value()) << runs_.text();
}

INSTANTIATE_TEST_SUITE_P(Regressions, EveryRegression, testing::ValuesIn(kRegressions),
                         [](const testing::TestParamInfo<Regression>& info) {
                           return std::string(info.param.name);
                         });

TEST(Regressions, TableAndFolderAgree) {
  std::set<fs::path> files;
  for (const Subject* const subject : all_subjects()) {
    for (const fs::directory_entry& entry :
         fs::directory_iterator(folder_of(subject->name.data()))) {
      files.insert(entry.path());
    }
  }
  std::set<fs::path> table;
  for (const Regression& r : kRegressions) {
    table.insert(folder_of(r.subject) / (std::string(r.name) + ".schedule"));
  }
  EXPECT_EQ(files, table);
}

}  // namespace
}  // namespace revenant
