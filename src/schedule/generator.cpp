#include "schedule/generator.h"

#include "choice/walk.h"
#include "schedule/program_drawer.h"

namespace revenant {

Schedule random_schedule(const OpTable& table, Rng& rng) {
  const Swarm swarm(table, rng);
  Schedule schedule;
  schedule.cpus.resize(2 + rng.below(kMaxScheduleCpus - 1));
  for (Ops& ops : schedule.cpus) {
    for (std::uint32_t n = 1 + rng.below(kMaxOpsPerCpu); n > 0; --n) ops.push_back(swarm.draw(rng));
  }
  schedule.walk = static_cast<std::uint32_t>(rng.next());
  return schedule;
}

Schedule drawn_schedule(Rng& rng) {
  Schedule schedule;
  schedule.cpus.resize(kMaxScheduleCpus - rng.below(2));
  schedule.walk = static_cast<std::uint32_t>(rng.next());
  schedule.draws = true;
  return schedule;
}

Schedule plain_schedule(const OpTable& table, Rng& rng) {
  Schedule schedule;
  schedule.cpus.resize(2 + rng.below(kMaxScheduleCpus - 1));
  for (Ops& ops : schedule.cpus) {
    for (std::uint32_t n = 1 + rng.below(kMaxOpsPerCpu); n > 0; --n) {
      ops.push_back(any_op(table, rng));
    }
  }
  schedule.walk = plain_walk(static_cast<std::uint32_t>(rng.next()));
  return schedule;
}

}  // namespace revenant
