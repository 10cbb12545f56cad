#include "schedule/programs.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "schedule/fake_ops.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

std::set<std::string> texts_of(const Programs& programs, const OpTable& table) {
  std::set<std::string> texts;
  for (std::uint64_t i = 0; i < programs.size(); ++i) {
    const std::optional<Schedule> program = programs.program(i);
    if (program) EXPECT_TRUE(texts.insert(to_text(*program, "fake", table)).second);
  }
  return texts;
}

TEST(Programs, HasEachProgramOnceUpToTheNamesOfCpus) {
  const OpTable table(kFakeOps);
  const std::uint64_t n = table.size();
  const std::set<std::string> texts = texts_of(Programs(table, 2, 2), table);
  // One op; two on one CPU; one each on two CPUs, which may change places.
  EXPECT_EQ(texts.size(), n + n * n + n * (n + 1) / 2);
}

TEST(Programs, StayWithinTheCpusAndOpsThatAreAllowed) {
  const OpTable table(kFakeOps);
  const Programs programs(table, 2, 3);
  for (std::uint64_t i = 0; i < programs.size(); i += 7) {
    const std::optional<Schedule> program = programs.program(i);
    if (!program) continue;
    std::size_t ops = 0;
    for (const Ops& cpu : program->cpus) ops += cpu.size();
    EXPECT_LE(program->cpus.size(), 2U);
    EXPECT_LE(ops, 3U);
  }
}

}  // namespace
}  // namespace revenant
