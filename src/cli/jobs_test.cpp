#include "cli/jobs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <new>

#include "base/rng.h"
#include "cli/test_subject.h"

namespace revenant {
namespace {

// Of all ops of the run under way, in the order they ran in. Atomic, or CPUs would race for it.
std::atomic<std::uint64_t> run_hash = 0;

// A finding in the one run of all seeds that has this hash.
void find_run(std::uint64_t wanted) {
  run_hash = 0;
  test::effect = [](const Arguments& arguments) {
    sim::running().count_effect();  // Or an op would be taken for one that did nothing.
    run_hash = mix64(run_hash + arguments[0] * 256U + arguments[1] + 1U);
  };
  test::judgement = [wanted] {
    if (run_hash.exchange(0) == wanted) test::raise_bug();
  };
}

// The hash of the last of `executions` runs.
std::uint64_t hash_of_run(std::uint64_t seed, std::uint64_t executions) {
  // Jobs are processes, which hand on no more than a result.
  void* const memory = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const last = new (memory) std::uint64_t{0};
  find_run(0);
  test::judgement = [last] { *last = run_hash.exchange(0); };
  run_jobs(test::kTarget, {.seed = seed, .limits = {.executions = executions}});
  const std::uint64_t hash = *last;
  ::munmap(memory, sizeof(std::uint64_t));
  return hash;
}

TEST(Jobs, AFindingStopsTheJobsAfterItAndTheyDoNotCount) {
  find_run(hash_of_run(7, 300));
  const JobsOptions alone{.seed = 7};
  const JobsResult expected = run_jobs(test::kTarget, alone);
  ASSERT_TRUE(expected.failing);
  ASSERT_EQ(expected.executions, 300U);

  // Without bound: jobs 1 and 2 would search for ever.
  const JobsResult result = run_jobs(test::kTarget, {.seed = 7, .jobs = 3});
  ASSERT_TRUE(result.failing);
  EXPECT_EQ(result.failing->schedule, expected.failing->schedule);
  EXPECT_EQ(result.executions, expected.executions);
  EXPECT_EQ(result.steps, expected.steps);
  EXPECT_EQ(result.learned, expected.learned);
}

TEST(Jobs, AJobBeforeTheOneWithAFindingRunsToItsEnd) {
  constexpr std::uint64_t kSeedOfJob1 = 7U + 0x9e3779b97f4a7c15U;
  find_run(hash_of_run(mix64(kSeedOfJob1), 300));
  const JobsResult result =
      run_jobs(test::kTarget, {.seed = 7, .jobs = 3, .limits = {.executions = 60'000}});
  ASSERT_TRUE(result.failing);
  EXPECT_EQ(result.executions, 20'000U + 300U);
}

}  // namespace
}  // namespace revenant
