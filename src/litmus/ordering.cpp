#include "litmus/ordering.h"

#include <algorithm>

namespace revenant::litmus {
namespace {

using Op = Instruction::Op;
using Beside = Instruction::Beside;
using memory::Order;

// One that fails is a mere load.
bool can_fail(const Instruction& step) {
  return step.update == &memory::updates::compare_exchange ||
         step.update == &memory::updates::add_unless;
}

constexpr bool is_full_update(const Instruction& step) {
  return step.op == Op::kUpdate && step.order == Order::kFull;
}

bool is_fence(const Instruction& step) {
  return step.op == Op::kFence || step.op == Op::kBeginGracePeriod ||
         (is_full_update(step) && !can_fail(step));
}

constexpr bool loads(const Instruction& step) {
  return step.op == Op::kLoad || step.op == Op::kUpdate || step.op == Op::kLock ||
         step.op == Op::kTrylock;
}

constexpr bool stores(const Instruction& step) {
  return step.op == Op::kStore || step.op == Op::kUpdate || step.op == Op::kLock ||
         step.op == Op::kTrylock || step.op == Op::kUnlock;
}

bool acquires(const Instruction& step) {
  return (step.order == Order::kAcquire && !can_fail(step)) || step.op == Op::kLock ||
         is_fence(step);
}

// Where it stores at all.
bool releases(const Instruction& step) {
  return step.order == Order::kRelease || step.op == Op::kUnlock || is_full_update(step) ||
         is_fence(step);
}

// A load and a later store of one process, by what they may touch.
struct Pair {
  std::size_t process = 0;
  memory::LocationMask from = 0;
  memory::LocationMask to = 0;
  bool is_ordered = false;

  friend auto operator<=>(const Pair&, const Pair&) = default;
};

class PairFinder {
 public:
  PairFinder(const Process& process, std::size_t index, const Analysis& analysis)
      : process_(process), index_(index), analysis_(analysis) {}

  void find(std::vector<Pair>& pairs) const {
    for (std::size_t load = 0; load < process_.code.size(); ++load) {
      if (!loads(process_.code[load])) continue;
      follow(load, pairs);
      if (process_.code[load].in_loop) add_later_rounds(load, pairs);
    }
  }

 private:
  const Footprint& at(std::size_t step) const { return analysis_.of_step(index_, step); }

  // All stores after one load, and whether what lies between orders them.
  void follow(std::size_t load, std::vector<Pair>& pairs) const {
    const Instruction& first = process_.code[load];
    RegisterMask tainted = first.result == kNoRegister ? 0 : RegisterMask{1} << first.result;
    std::size_t controlled_until = 0;
    bool fenced = acquires(first);
    for (std::size_t i = load + 1; i < process_.code.size(); ++i) {
      const Instruction& step = process_.code[i];
      const bool depends =
          ((step.address.registers | step.value.registers | step.second.registers) & tainted) != 0;
      if (step.op == Op::kBranch && depends) {
        controlled_until = std::max<std::size_t>(controlled_until, step.join);
      }
      if (is_fence(step)) fenced = true;
      if (stores(step)) {
        const bool is_one_word =
            at(load).reads == at(i).writes && (at(i).writes & (at(i).writes - 1)) == 0;
        pairs.push_back({.process = index_,
                         .from = at(load).reads,
                         .to = at(i).writes,
                         .is_ordered = fenced || releases(step) || depends ||
                                       i < controlled_until || is_one_word});
      }
      if (step.result == kNoRegister) continue;
      const RegisterMask bit = RegisterMask{1} << step.result;
      const bool passes_on = step.op == Op::kAssign && depends;
      tainted = passes_on ? tainted | bit : tainted & ~bit;
    }
  }

  // Of a loop, stores that stand before the load come after it too. What may order them is not
  // looked for.
  void add_later_rounds(std::size_t load, std::vector<Pair>& pairs) const {
    for (std::size_t i = 0; i <= load; ++i) {
      if (!process_.code[i].in_loop || !stores(process_.code[i])) continue;
      pairs.push_back({.process = index_,
                       .from = at(load).reads,
                       .to = at(i).writes,
                       .is_ordered = acquires(process_.code[load])});
    }
  }

  const Process& process_;
  std::size_t index_;
  const Analysis& analysis_;
};

// Whether a chain of pairs, each of which reads in another process what the one before it stored,
// comes back to the first.
bool lies_on_cycle(const std::vector<Pair>& pairs, const Pair& first) {
  std::vector<bool> reached(pairs.size(), false);
  std::vector<const Pair*> open{&first};
  while (!open.empty()) {
    const Pair& pair = *open.back();
    open.pop_back();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].process == pair.process || (pairs[i].from & pair.to) == 0) continue;
      if (&pairs[i] == &first) return true;
      if (reached[i]) continue;
      reached[i] = true;
      open.push_back(&pairs[i]);
    }
  }
  return false;
}

// The primitive next to step `i` on one side. Where it can fail, a branch must lie between.
bool is_beside(const Process& process, std::size_t i) {
  const std::vector<Instruction>& code = process.code;
  const Beside beside = code[i].beside;
  if (beside == Beside::kAtomicBehind) {
    do {
      ++i;
    } while (i < code.size() && code[i].op == Op::kAssign);
    return i < code.size() && code[i].op == Op::kUpdate;
  }
  bool is_decided = false;
  while (i-- > 0) {
    const Instruction& step = code[i];
    if (step.op == Op::kBranch) is_decided = true;
    if (step.op == Op::kBranch || step.op == Op::kAssign) continue;
    if (beside == Beside::kAtomicBefore) {
      return step.op == Op::kUpdate && (is_decided || !can_fail(step));
    }
    return step.op == Op::kLock || (step.op == Op::kTrylock && is_decided);
  }
  return false;
}

}  // namespace

bool has_stray_barrier(const LitmusTest& test) {
  return std::ranges::any_of(test.processes, [](const Process& process) {
    for (std::size_t i = 0; i < process.code.size(); ++i) {
      const bool is_bound = process.code[i].beside != Beside::kNothing;
      if (is_bound && !is_beside(process, i)) return true;
    }
    return false;
  });
}

Incompleteness incompleteness_of(const LitmusTest& test, const Analysis& analysis) {
  std::vector<Pair> pairs;
  std::vector<Footprint> whole;
  for (std::size_t i = 0; i < test.processes.size(); ++i) {
    PairFinder(test.processes[i], i, analysis).find(pairs);
    whole.push_back(analysis.ahead(i, 0).footprint);
  }
  // Long processes have few that differ.
  std::ranges::sort(pairs);
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  Incompleteness found;
  for (const Pair& pair : pairs) {
    if (pair.is_ordered) continue;
    memory::LocationMask stored_elsewhere = 0;
    memory::LocationMask used_elsewhere = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (i == pair.process) continue;
      stored_elsewhere |= whole[i].writes;
      used_elsewhere |= whole[i].reads | whole[i].writes;
    }
    if ((pair.from & stored_elsewhere) == 0 || (pair.to & used_elsewhere) == 0) continue;
    (lies_on_cycle(pairs, pair) ? found.load_buffering : found.early_store) = true;
  }
  return found;
}

}  // namespace revenant::litmus
