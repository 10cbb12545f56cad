// Choices out of a seeded random stream, in one of two styles that the seed decides.
//
// Priorities: after probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte,
// ASPLOS 2010). CPUs have random priorities, the highest runs, and now and then the running CPU
// falls below all others. So a CPU stands still in a short window while others do long work, which
// is how memory gets recycled under a reader. Walk: now and then the running CPU is preempted by
// any other.
//
// How often is drawn too: at one in 8 to 128 scheduling points, and inside read-side sections at
// one in 2 to 8, since slow readers and fast updaters are what RCU must bear; in three streams of
// four also at one in 2 to 16 while one lock is held, or two, or three, since who stands still with
// a lock makes others take their slow paths. In every second stream a CPU that has slept comes
// after all others, so that what it waited for goes on, and does its damage, before it looks.
// A picked number is the default three times in four, since bugs of recycling want recycling.
#pragma once

#include <array>

#include "base/rng.h"
#include "choice/choices.h"

namespace revenant {

class RandomChoices final : public Choices {
 public:
  explicit RandomChoices(std::uint64_t seed);

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

 private:
  bool is_disturbed(const RunQuestion& question);
  void lower(CpuMask cpus);
  CpuId highest(CpuMask runnable) const;

  Rng rng_;
  bool has_priorities_;
  std::uint32_t disturb_one_in_;
  std::uint32_t disturb_reader_one_in_;
  bool sleepers_come_last_;
  std::uint8_t hot_locks_;               // Who holds this many locks is disturbed
  std::uint32_t disturb_holder_one_in_;  // this often.
  std::array<std::int32_t, kMaxCpuIds> priority_{};
  std::int32_t lowest_ = 0;
  CpuMask runnable_before_ = ~CpuMask{0};
};

}  // namespace revenant
