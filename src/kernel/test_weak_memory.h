// For tests: many random runs with weak memory, and what came out of them.
#pragma once

#include <functional>
#include <set>

#include "choice/random_choices.h"
#include "kernel/test_machine.h"
#include "kernel/weak_memory.h"

namespace revenant::kernel {

using Bodies = std::vector<std::function<void()>>;

class WeakMemoryTest : public SlabTest {
 protected:
  // The outcomes, as `outcome()` gives them, of many runs; `reset()` comes before each. A run ends
  // clean or with `also`, which is no outcome.
  std::set<int> outcomes(const std::function<void()>& reset, const Bodies& bodies,
                         const std::function<int()>& outcome,
                         std::optional<FindingKind> also = kClean) {
    std::set<int> all;
    for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
      RandomChoices choices(seed);
      begin(choices);
      begin_memory(model_);
      reset();
      const std::optional<FindingKind> found = run(bodies);
      if (found) {
        EXPECT_EQ(found, also) << text();
        continue;
      }
      all.insert(outcome());
    }
    return all;
  }
  void TearDown() override { begin_memory(MemoryModel::kSc); }

  static constexpr std::uint64_t kRuns = 4000;
  MemoryModel model_ = MemoryModel::kWeak;
  int x_ = 0;
  int y_ = 0;
  int a_ = 0;
  int b_ = 0;
  std::function<void()> zero_ = [this] { x_ = y_ = a_ = b_ = 0; };
  std::function<void()> reads_y_and_x_ = [this] {
    rcu_read_lock();
    a_ = READ_ONCE(y_);
    b_ = READ_ONCE(x_);
    rcu_read_unlock();
  };
  std::function<int()> a_and_b_ = [this] { return 10 * a_ + b_; };
};

}  // namespace revenant::kernel
