#include "schedule/generator.h"

#include <algorithm>

namespace revenant {
namespace {

constexpr std::uint32_t kMaxProgram = kMaxOpsPerCpu;

// What one schedule draws its ops from: most kinds of op, and a few values of each argument. After
// swarm testing (Groce and others, ISSTA 2012): ops must meet on the same objects to interact, and
// what is left out cannot get in the way.
class Swarm {
 public:
  Swarm(const OpTable& table, Rng& rng) : table_(table) {
    const auto op_count = static_cast<std::uint32_t>(table.specs().size());
    for (std::uint32_t op = 0; op < op_count; ++op) {
      if (!rng.one_in(8)) ops_.push_back(static_cast<std::uint8_t>(op));
    }
    while (ops_.size() < std::min(op_count, 2U)) {
      ops_.push_back(static_cast<std::uint8_t>(rng.below(op_count)));
    }
    breadths_ = rng.next();
  }

  OpCall draw(Rng& rng) const {
    OpCall call;
    call.op = ops_[rng.below(static_cast<std::uint32_t>(ops_.size()))];
    std::size_t index = 0;
    for (const Argument& argument : table_.spec(call).arguments) {
      call.arguments[index++] = static_cast<std::uint8_t>(rng.below(breadth(argument)));
    }
    return call;
  }

 private:
  // How many values of the argument are in use: the same for all that go by its name.
  std::uint32_t breadth(const Argument& argument) const {
    std::uint64_t hash = breadths_;
    for (const char c : argument.name) hash = mix64(hash ^ static_cast<std::uint8_t>(c));
    return 1 + static_cast<std::uint32_t>(hash % argument.count);
  }

  const OpTable& table_;
  boost::container::static_vector<std::uint8_t, 256> ops_;
  std::uint64_t breadths_ = 0;
};

}  // namespace

Schedule random_schedule(const OpTable& table, Rng& rng) {
  const Swarm swarm(table, rng);
  Schedule schedule;
  schedule.cpus.resize(2 + rng.below(kMaxScheduleCpus - 1));
  for (Ops& ops : schedule.cpus) {
    for (std::uint32_t n = 1 + rng.below(kMaxProgram); n > 0; --n) ops.push_back(swarm.draw(rng));
  }
  schedule.walk = static_cast<std::uint32_t>(rng.next());
  return schedule;
}

}  // namespace revenant
