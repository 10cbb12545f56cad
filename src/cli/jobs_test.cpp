#include "cli/jobs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>

#include "base/rng.h"
#include "cli/test_subject.h"
#include "kernel/compiler.h"

namespace revenant {
namespace {

// Of all ops of the run under way, in the order they ran in. Atomic, or CPUs would race for it.
std::atomic<std::uint64_t> run_hash = 0;

// A finding in the one run of all seeds that has this hash.
void find_run(std::uint64_t wanted) {
  run_hash = 0;
  test::effect = [](const Arguments& arguments) {
    // Or an op would be taken for one that did nothing.
    static int word = 0;
    kernel::WRITE_ONCE(word, 1);
    run_hash = mix64(run_hash + arguments[0] * 256U + arguments[1] + 1U);
  };
  test::judgement = [wanted] {
    if (run_hash.exchange(0) == wanted) test::raise_bug();
  };
}

struct NewRun {
  std::uint64_t hash = 0;
  std::uint64_t number = 0;  // Of the execution, from 1.
};

// The last of the first `kRuns` runs that is unlike all before it.
NewRun last_new_run(std::uint64_t seed) {
  constexpr std::size_t kRuns = 300;
  struct Runs {
    std::array<std::uint64_t, kRuns> hashes{};
    std::size_t count = 0;
  };
  // Jobs are processes, which hand on no more than a result.
  void* const memory =
      ::mmap(nullptr, sizeof(Runs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const runs = new (memory) Runs{};
  find_run(0);
  test::judgement = [runs] { runs->hashes.at(runs->count++) = run_hash.exchange(0); };
  run_jobs(test::kTarget, {.seed = seed, .limits = {.executions = kRuns}});
  const auto& hashes = runs->hashes;
  std::size_t last = runs->count - 1;
  while (std::find(hashes.begin(), hashes.begin() + last, hashes[last]) != hashes.begin() + last) {
    --last;
  }
  const NewRun run{.hash = hashes[last], .number = last + 1};
  ::munmap(memory, sizeof(Runs));
  return run;
}

TEST(Jobs, AFindingStopsTheOthersAfterTheirRound) {
  const NewRun run = last_new_run(7);
  find_run(run.hash);
  const JobsOptions alone{.seed = 7};
  const JobsResult expected = run_jobs(test::kTarget, alone);
  ASSERT_TRUE(expected.failing);
  ASSERT_EQ(expected.executions, run.number);

  // Without bound: the others would search for ever.
  const JobsResult result = run_jobs(test::kTarget, {.seed = 7, .jobs = 3});
  ASSERT_TRUE(result.failing);
  EXPECT_EQ(result.failing->schedule, expected.failing->schedule);
  EXPECT_EQ(result.executions, run.number + 2 * kJobRound);
  const JobsResult again = run_jobs(test::kTarget, {.seed = 7, .jobs = 3});
  EXPECT_EQ(result.steps, again.steps);
  EXPECT_EQ(result.features, again.features);
  EXPECT_EQ(result.learned, again.learned);
}

TEST(Jobs, TheJobThatFindsSoonestDecides) {
  constexpr std::uint64_t kSeedOfJob1 = 7U + 0x9e3779b97f4a7c15U;
  const NewRun run = last_new_run(mix64(kSeedOfJob1));
  find_run(run.hash);
  const JobsResult result =
      run_jobs(test::kTarget, {.seed = 7, .jobs = 3, .limits = {.executions = 60'000}});
  ASSERT_TRUE(result.failing);
  EXPECT_EQ(result.executions, run.number + 2 * kJobRound);
}

TEST(Jobs, OneThatHasNothingToDoKeepsNobodyWaiting) {
  find_run(0);
  const JobsResult result =
      run_jobs(test::kTarget, {.seed = 7, .jobs = 5, .limits = {.executions = 3}});
  EXPECT_EQ(result.executions, 3U);
}

}  // namespace
}  // namespace revenant
