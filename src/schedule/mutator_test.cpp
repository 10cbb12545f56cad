#include "schedule/mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "schedule/fake_ops.h"
#include "schedule/generator.h"

namespace revenant {
namespace {

constexpr int kSteps = 100'000;

std::size_t op_count(const Schedule& schedule) {
  std::size_t count = 0;
  for (const Ops& ops : schedule.cpus) count += ops.size();
  return count;
}

std::multiset<std::uint32_t> op_numbers(const Schedule& schedule, const OpTable& table) {
  std::multiset<std::uint32_t> numbers;
  for (const Ops& ops : schedule.cpus) {
    for (const OpCall& call : ops) numbers.insert(table.number(call));
  }
  return numbers;
}

// One entry stands a point earlier or later, and all else is the same.
template <class List>
bool is_shift(const List& before, const List& after) {
  const auto [b, a] = std::ranges::mismatch(before, after);
  auto moved = *b;
  const bool is_later = moved.at.point < a->at.point;
  moved.at.point = static_cast<std::uint16_t>(moved.at.point + (is_later ? 1 : -1));
  return moved == *a && std::equal(b + 1, before.end(), a + 1, after.end());
}

template <class List>
std::string name_list_change(const List& before, const List& after, const std::string& what) {
  if (after.size() > before.size()) return what + " added";
  if (after.size() < before.size()) return what + " removed";
  return is_shift(before, after) ? what + " shifted" : "several";
}

// Whether ops were put in or taken away, which takes anchors along.
bool moves_ops(const Schedule& before, const Schedule& after) {
  for (std::size_t cpu = 0; cpu < before.cpus.size(); ++cpu) {
    if (before.cpus[cpu].size() != after.cpus[cpu].size()) return true;
  }
  return false;
}

// What one step changed; "several" where it changed more than one thing.
std::string name_change(const Schedule& before, const Schedule& after, const OpTable& table) {
  std::string name;
  const auto say = [&name](const std::string& what) { name = name.empty() ? what : "several"; };
  if (after.cpus.size() > before.cpus.size()) say("CPU added");
  if (op_count(after) > op_count(before) && after.cpus.size() == before.cpus.size()) {
    say("op added");
  } else if (op_count(after) < op_count(before)) {
    say("op removed");
  } else if (op_count(after) == op_count(before) && after.cpus != before.cpus) {
    say(op_numbers(before, table) == op_numbers(after, table) ? "op moved" : "op replaced");
  }
  const bool takes_along = moves_ops(before, after);
  if (after.preemptions != before.preemptions && !takes_along) {
    say(name_list_change(before.preemptions, after.preemptions, "preemption"));
  }
  if (after.picks != before.picks && !takes_along)
    say(name_list_change(before.picks, after.picks, "pick"));
  if (after.walk != before.walk) say(after.walk_from != 0 ? "walk takes over" : "walk drawn");
  return name.empty() ? "nothing" : name;
}

TEST(Mutator, EveryStepIsAValidScheduleHoweverLongTheChain) {
  for (const OpTable& table : {OpTable(kFakeOps), OpTable(kWideOps)}) {
    Rng rng(1);
    Schedule schedule = any_schedule(table, rng);
    for (int i = 0; i < kSteps / 2; ++i) {
      if (i % 1'000 == 0) schedule = any_schedule(table, rng);
      schedule = mutate(schedule, table, rng);
      ASSERT_TRUE(is_valid(schedule, table)) << "step " << i;
    }
  }
}

TEST(Mutator, AcceptsAScheduleThatIsNotNormalized) {
  const OpTable table(kFakeOps);
  Rng rng(2);
  Schedule unordered;
  unordered.preemptions.push_back({.at = anchor(1, 0, 0)});
  unordered.preemptions.push_back({.at = anchor(0, 0, 0)});
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(is_valid(mutate(unordered, table, rng), table));
}

TEST(Mutator, MakesEveryKindOfSmallChange) {
  const OpTable table(kFakeOps);
  Rng rng(3);
  std::map<std::string, int> counts;
  Schedule schedule = any_schedule(table, rng);
  for (int i = 0; i < kSteps; ++i) {
    if (i % 50 == 0) schedule = any_schedule(table, rng);
    Schedule next = mutate(schedule, table, rng);
    ++counts[name_change(schedule, next, table)];
    schedule = std::move(next);
  }
  for (const char* kind :
       {"CPU added", "op added", "op removed", "op replaced", "op moved", "preemption added",
        "preemption removed", "preemption shifted", "pick added", "pick removed", "pick shifted",
        "walk drawn", "walk takes over"}) {
    EXPECT_GE(counts[kind], kSteps / 500) << kind;
  }
  EXPECT_LT(counts["nothing"], kSteps / 5) << "a step that changes nothing is an execution lost";
}

TEST(Mutator, ReachesEveryOpAndEveryTarget) {
  const OpTable table(kFakeOps);
  Rng rng(4);
  std::set<std::uint32_t> numbers;
  std::set<CpuId> targets;
  Schedule schedule;
  for (int i = 0; i < 5'000; ++i) {
    schedule = mutate(schedule, table, rng);
    numbers.merge(std::set<std::uint32_t>([&] {
      const auto all = op_numbers(schedule, table);
      return std::set<std::uint32_t>(all.begin(), all.end());
    }()));
    for (const Preemption& p : schedule.preemptions) targets.insert(p.to);
  }
  EXPECT_EQ(numbers.size(), table.size());
  EXPECT_EQ(targets.size(), kAnchorCpus);
}

TEST(Mutator, IsRepeatable) {
  const OpTable table(kFakeOps);
  Rng a(5);
  Rng b(5);
  Schedule one;
  Schedule other;
  for (int i = 0; i < 1'000; ++i) {
    one = mutate(one, table, a);
    other = mutate(other, table, b);
    ASSERT_EQ(one, other);
  }
}

// A schedule whose ops are all different, with a preemption in each that goes to the CPU of its
// number, and one behind the last.
Schedule marked_ops(const OpTable& table) {
  Schedule schedule;
  schedule.cpus.resize(1);
  for (std::uint32_t op = 0; op < 4; ++op) {
    schedule.cpus[0].push_back(table.call(op));
    schedule.preemptions.push_back(
        {.at = anchor(0, op, 3), .to = CpuId{static_cast<std::uint8_t>(op)}});
  }
  schedule.preemptions.push_back({.at = anchor(0, 4, 0), .to = CpuId{4}});
  return schedule;
}

TEST(Mutator, PreemptionsStayWithTheirOpsWhenOthersComeAndGo) {
  const OpTable table(kFakeOps);
  const Schedule before = marked_ops(table);
  const auto is_part = [](const Ops& few, const Ops& many) {
    auto at = many.begin();
    return std::ranges::all_of(few, [&](const OpCall& call) {
      at = std::find(at, many.end(), call);
      if (at == many.end()) return false;
      ++at;
      return true;
    });
  };
  std::set<std::size_t> sizes;
  int checked = 0;
  int strayed = 0;
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    Rng rng(seed);
    const Schedule after = mutate(before, table, rng);
    const Ops& ops = after.cpus[0];
    const bool is_one_step = ops.size() == 5 ? is_part(before.cpus[0], ops)
                                             : ops.size() == 3 && is_part(ops, before.cpus[0]);
    const std::size_t gone = ops.size() == 3 ? 1 : 0;
    const std::multiset<std::uint32_t> numbers = op_numbers(after, table);
    const bool all_differ = std::set(numbers.begin(), numbers.end()).size() == numbers.size();
    if (after.cpus.size() != 1 || !is_one_step || !all_differ || after.walk) continue;
    std::set<CpuId> marks;
    for (const Preemption& p : after.preemptions) {
      if (p.at.point == (p.to == CpuId{4} ? 0 : 3)) marks.insert(p.to);
    }
    if (after.preemptions.size() != 5 - gone || marks.size() != 5 - gone) continue;
    sizes.insert(ops.size());
    ++checked;
    const bool stays = std::ranges::all_of(after.preemptions, [&](const Preemption& p) {
      return p.to == CpuId{4} ? p.at.op == ops.size() : ops[p.at.op] == table.call(index_of(p.to));
    });
    if (!stays) ++strayed;
  }
  // A few of these schedules are the work of several steps that undo each other in part.
  EXPECT_GT(checked, 100);
  EXPECT_LT(strayed * 50, checked);
  EXPECT_TRUE(sizes.contains(3) && sizes.contains(5));
}

bool is_ops_of(const Schedule& parent, std::size_t cpu, const Ops& ops) {
  return cpu < parent.cpus.size() ? parent.cpus[cpu] == ops : ops.empty();
}

TEST(WithAnotherEnd, KeepsAllThatIsListedAndEndsInAWalk) {
  const OpTable table(kFakeOps);
  Rng rng(3);
  int drawing = 0;
  for (int i = 0; i < 1'000; ++i) {
    const Schedule before = any_schedule(table, rng);
    const Schedule after = with_another_end(before, rng);
    ASSERT_TRUE(is_valid(after, table));
    ASSERT_EQ(after.cpus, before.cpus);
    ASSERT_EQ(after.preemptions, before.preemptions);
    ASSERT_EQ(after.picks, before.picks);
    ASSERT_TRUE(after.walk.has_value());
    ASSERT_GT(after.walk_from, 0);
    if (after.draws) ++drawing;
  }
  EXPECT_GT(drawing, 400);
  EXPECT_LT(drawing, 800);
}

TEST(WithAnotherEnd, DrawsWhereNoOpIsListed) {
  Rng rng(3);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(with_another_end(drawn_schedule(rng), rng).draws);
}

TEST(CrossOver, TakesEachCpuFromOneParentAndIsValid) {
  const OpTable table(kFakeOps);
  Rng rng(6);
  for (int i = 0; i < kSteps; ++i) {
    const Schedule a = any_schedule(table, rng);
    const Schedule b = any_schedule(table, rng);
    const Schedule child = cross_over(a, b, rng);
    ASSERT_TRUE(is_valid(child, table)) << "step " << i;
    for (std::size_t cpu = 0; cpu < child.cpus.size(); ++cpu) {
      const Ops& ops = child.cpus[cpu];
      ASSERT_TRUE(is_ops_of(a, cpu, ops) || is_ops_of(b, cpu, ops)) << "step " << i;
    }
  }
}

std::vector<Preemption> preemptions_of(const Schedule& schedule, std::size_t cpu) {
  std::vector<Preemption> found;
  std::ranges::copy_if(schedule.preemptions, std::back_inserter(found),
                       [cpu](const Preemption& p) { return index_of(p.at.cpu) == cpu; });
  return found;
}

TEST(CrossOver, ACpuBringsItsPreemptions) {
  const OpTable table(kFakeOps);
  Rng rng(7);
  Schedule a;
  Schedule b;
  a.cpus.resize(2);
  b.cpus.resize(2);
  for (Ops& ops : a.cpus) ops.push_back(table.call(1));
  for (Ops& ops : b.cpus) ops.push_back(table.call(2));
  for (std::uint32_t i = 0; i < 10; ++i) {
    a.preemptions.push_back({.at = anchor(i % 2, 0, i), .to = CpuId{0}});
    b.preemptions.push_back({.at = anchor(i % 2, 0, i), .to = CpuId{1}});
  }
  normalize(a);
  normalize(b);
  std::set<std::pair<bool, bool>> seen;
  for (int i = 0; i < 100; ++i) {
    const Schedule child = cross_over(a, b, rng);
    for (std::size_t cpu = 0; cpu < 2; ++cpu) {
      const Schedule& parent = child.cpus[cpu] == a.cpus[cpu] ? a : b;
      ASSERT_EQ(preemptions_of(child, cpu), preemptions_of(parent, cpu));
    }
    seen.insert({child.cpus[0] == a.cpus[0], child.cpus[1] == a.cpus[1]});
  }
  EXPECT_TRUE(seen.contains({true, false}) && seen.contains({false, true}));
}

}  // namespace
}  // namespace revenant
