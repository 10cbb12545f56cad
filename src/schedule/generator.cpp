#include "schedule/generator.h"

#include <algorithm>

namespace revenant {
namespace {

constexpr std::uint32_t kMaxProgram = kMaxOpsPerCpu;

// How many values of each argument a schedule uses: ops must meet on the same objects to interact.
Arguments draw_limits(Rng& rng) {
  Arguments limits{};
  for (std::uint8_t& limit : limits) limit = static_cast<std::uint8_t>(2 + rng.below(3));
  return limits;
}

OpCall draw_op(const OpTable& table, const Arguments& limits, Rng& rng) {
  OpCall call;
  call.op = static_cast<std::uint8_t>(rng.below(static_cast<std::uint32_t>(table.specs().size())));
  std::size_t index = 0;
  for (const Argument& argument : table.spec(call).arguments) {
    const std::uint8_t limit = std::min(argument.count, limits[index]);
    call.arguments[index++] = static_cast<std::uint8_t>(rng.below(limit));
  }
  return call;
}

}  // namespace

Schedule random_schedule(const OpTable& table, Rng& rng) {
  Schedule schedule;
  const Arguments limits = draw_limits(rng);
  schedule.cpus.resize(2 + rng.below(kMaxScheduleCpus - 1));
  for (Ops& ops : schedule.cpus) {
    for (std::uint32_t n = 1 + rng.below(kMaxProgram); n > 0; --n) {
      ops.push_back(draw_op(table, limits, rng));
    }
  }
  schedule.walk = static_cast<std::uint32_t>(rng.next());
  return schedule;
}

}  // namespace revenant
