#include "run/verify.h"

#include <gtest/gtest.h>

#include "schedule/text_form.h"

namespace revenant {
namespace {

class VerifyTest : public testing::Test {
 protected:
  VerifyResult verify(const std::string& program, std::string_view variant,
                      const VerifyBounds& bounds) {
    const Schedule schedule =
        std::get<Schedule>(parse_text(program, subject_.name, OpTable(subject_.ops)));
    Runner runner(machine_, subject_, *find_variant(subject_, variant));
    return Verifier(runner, schedule, bounds).run([](const VerifyProgress&) { return true; });
  }

  const Subject& subject_ = *find_subject(all_subjects(), "anon_vma");
  sim::Machine machine_;
};

// The mail's three CPUs.
constexpr const char* kRecycle =
    "schedule anon_vma\n"
    "cpu 0: lock page0\n"
    "cpu 1: fault mm0 page0, exit mm0\n"
    "cpu 2: fault mm1 page1\n";

TEST_F(VerifyTest, FindsTheRecycleOfTheMailWithOnePreemptionAndNotWithout) {
  EXPECT_FALSE(verify(kRecycle, "as_posted", {.preemptions = 1, .choices = 0}).finding);
  const VerifyResult result = verify(kRecycle, "as_posted", {.preemptions = 2, .choices = 0});
  ASSERT_TRUE(result.finding);
  EXPECT_EQ(result.finding->kind, FindingKind::kRecycledObject);
}

}  // namespace
}  // namespace revenant
