#include "run/explicit_forms.h"

#include <gtest/gtest.h>

#include "run/runner.h"
#include "schedule/byte_codec.h"
#include "schedule/generator.h"

namespace revenant {
namespace {

class ExplicitFormsTest : public testing::Test {
 protected:
  static const Subject& anon_vma() { return *find_subject(all_subjects(), "anon_vma"); }
  static Schedule drawn(std::uint64_t seed) {
    Rng rng(seed);
    return drawn_schedule(rng);
  }

  std::vector<std::uint8_t> bytes(const Schedule& schedule) const {
    return encode(schedule, table_);
  }
  Outcome run(ExplicitForms& forms, const Schedule& schedule) {
    features_ = {};
    return forms.run(bytes(schedule), schedule, features_);
  }
  Schedule form(const ExplicitForms& forms, const Schedule& schedule) const {
    return forms.of(bytes(schedule), schedule);
  }

  const OpTable table_{anon_vma().ops};
  sim::Machine machine_;
  Runner clean_{machine_, anon_vma(), *find_variant(anon_vma(), "fixed")};
  Runner buggy_{machine_, anon_vma(), *find_variant(anon_vma(), "m13_merge_without_clone")};
  sim::FeatureCounters features_{};
};

TEST_F(ExplicitFormsTest, WhatShowsSomethingNewIsWrittenOutAsItRan) {
  ExplicitForms forms(clean_);
  int written = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Schedule schedule = drawn(seed);
    ASSERT_FALSE(run(forms, schedule).finding);
    const OpsByCpu program = clean_.program();
    const Schedule form = this->form(forms, schedule);
    if (form == schedule) continue;
    ++written;
    EXPECT_FALSE(form.draws);
    EXPECT_EQ(form.cpus, program);
    EXPECT_EQ(decode(bytes(form), table_), form) << "not normalized";
    Schedule again;
    clean_.run_and_write(form, {}, again);
    normalize(again);
    EXPECT_EQ(again, form);
  }
  EXPECT_GT(written, 10);
}

TEST_F(ExplicitFormsTest, WhatShowsNothingNewStaysAsItIs) {
  ExplicitForms forms(clean_);
  const Schedule schedule = drawn(1);
  EXPECT_EQ(form(forms, schedule), schedule);
  run(forms, schedule);
  const Schedule written = form(forms, schedule);
  ASSERT_NE(written, schedule);
  run(forms, written);
  Schedule same_run = written;  // Another input: it has a walk, which nothing is left to.
  same_run.walk = 1;
  same_run.walk_from = 60000;
  run(forms, same_run);
  EXPECT_EQ(form(forms, same_run), same_run);
  EXPECT_EQ(form(forms, drawn(2)), drawn(2));
  run(forms, schedule);
  EXPECT_EQ(form(forms, schedule), written);
}

TEST_F(ExplicitFormsTest, AFindingIsNotRemembered) {
  int findings = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    ExplicitForms forms(buggy_);  // To which all is new.
    const Schedule schedule = drawn(seed);
    if (!run(forms, schedule).finding) continue;
    ++findings;
    EXPECT_EQ(form(forms, schedule), schedule);
  }
  EXPECT_GT(findings, 0);
}

}  // namespace
}  // namespace revenant
