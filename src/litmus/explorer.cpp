#include "litmus/explorer.h"

#include <bit>
#include <deque>

#include "litmus/state_set.h"

namespace revenant::litmus {
namespace {

using Clock = std::chrono::steady_clock;
using ProcessMask = std::uint32_t;

// A state on the way that is being explored, and how far its ways on have been tried.
struct Frame {
  explicit Frame(const State& from) : state(from) {}

  State state;
  ProcessMask untried = 0;  // Processes, without the present one.
  std::size_t process = 0;
  memory::Candidates candidates;
  std::uint32_t next = 0;
  bool is_end = false;           // No process can go on, or need.
  bool is_complete = false;      // All have ended.
  std::uint32_t non_newest = 0;  // Choices so far.
  std::vector<Taken> taken;      // What led here from the frame before.
};

class Exploring {
 public:
  Exploring(const LitmusTest& test, const Analysis& analysis, const Interpreter& interpreter,
            const ExploreOptions& options, const Explorer::Visit& visit)
      : test_(test),
        analysis_(analysis),
        interpreter_(interpreter),
        options_(options),
        visit_(visit) {}

  Exploration run() {
    frames_.emplace_back(interpreter_.start());
    std::size_t depth = 0;
    find_ways(frames_[0]);
    bool goes_on = enter(frames_[0]);
    while (goes_on) {
      Frame& frame = frames_[depth];
      if (!find_next(frame)) {
        if (depth == 0) break;
        --depth;
        continue;
      }
      if (frames_.size() == depth + 1 && !add_frame()) break;
      Frame& child = frames_[depth + 1];
      if (!advance(frame, child)) continue;
      ++depth;
      goes_on = enter(child) && is_within_limits();
      if (!goes_on && wants_way_) keep_way(depth);
    }
    return std::move(result_);
  }

 private:
  // The next untried outcome of the frame.
  bool find_next(Frame& frame) {
    while (true) {
      if (frame.next < frame.candidates.count) {
        const bool is_free = frame.next == 0;
        if (is_free || !options_.non_newest || frame.non_newest < *options_.non_newest) return true;
      }
      if (frame.untried == 0) return false;
      frame.process = static_cast<std::size_t>(std::countr_zero(frame.untried));
      frame.untried &= frame.untried - 1;
      frame.candidates = interpreter_.candidates(frame.state, frame.process);
      frame.next = 0;
    }
  }

  bool add_frame() {
    if (frames_.size() * frames_[0].state.machine.bytes() >= kMaxWayBytes) {
      result_.stop = Stop::kStates;
      return false;
    }
    frames_.emplace_back(frames_[0].state);
    return true;
  }

  // Whether the step leads to a new state. Where nothing else can be done next, more steps follow.
  bool advance(Frame& frame, Frame& child) {
    child.state = frame.state;
    child.non_newest = frame.non_newest + (frame.next > 0 ? 1 : 0);
    child.taken.clear();
    take(child, frame.process, frame.candidates, frame.next++);
    while (find_ways(child)) {
      if (std::popcount(child.untried) != 1) break;
      const auto process = static_cast<std::size_t>(std::countr_zero(child.untried));
      const memory::Candidates only = interpreter_.candidates(child.state, process);
      if (only.count != 1) break;
      take(child, process, only, 0);
    }
    if (child.is_end) return true;
    const std::uint64_t extra = options_.non_newest ? child.non_newest : 0;
    return seen_.insert(interpreter_.fingerprint(child.state, extra));
  }

  void take(Frame& frame, std::size_t process, const memory::Candidates& candidates,
            std::uint32_t number) {
    frame.taken.push_back({.process = process, .choice = candidates.at[number], .number = number});
    note_unlock(frame.state, process);
    interpreter_.step(frame.state, process, candidates.at[number]);
  }

  void note_unlock(State& state, std::size_t process) {
    if (interpreter_.next(state, process).op != Instruction::Op::kUnlock) return;
    const auto word = static_cast<memory::LocationId>(*interpreter_.word_of(state, process));
    if (!state.machine.holds(CpuId{static_cast<std::uint8_t>(process)}, word)) {
      result_.has_wrong_unlock = true;
    }
  }

  // Which processes are to be tried next. False where there is nothing more to do.
  bool find_ways(Frame& frame) {
    frame.candidates.count = frame.next = 0;
    frame.untried = 0;
    frame.is_end = true;
    frame.is_complete = false;
    if (options_.finds_races && frame.state.machine.race()) return false;
    ProcessMask alive = 0;
    for (std::size_t i = 0; i < test_.processes.size(); ++i) {
      if (interpreter_.is_done(frame.state, i)) continue;
      if (interpreter_.is_cut(frame.state, i)) {
        result_.has_cut_loops = true;
        return false;
      }
      alive |= ProcessMask{1} << i;
    }
    frame.is_complete = alive == 0;
    if (alive == 0) return false;
    const ProcessMask enabled = enabled_of(frame.state, alive);
    if (enabled == 0) {
      result_.has_deadlock = true;
      return false;
    }
    frame.is_end = false;
    frame.untried = options_.reduces ? to_try(frame.state, alive, enabled) : enabled;
    return true;
  }

  // Looks at a new state. False ends the exploration.
  bool enter(Frame& frame) {
    result_.lost_choices |= frame.state.machine.lost_choices();
    ++result_.states;
    if (options_.finds_races && frame.state.machine.race()) {
      result_.race = frame.state.machine.race();
      return false;
    }
    if (!frame.is_complete) return true;
    wants_way_ = visit_(frame.state);
    return !wants_way_;
  }

  ProcessMask enabled_of(State& state, ProcessMask alive) const {
    ProcessMask enabled = alive;
    for (ProcessMask left = alive; left != 0; left &= left - 1) {
      const auto process = static_cast<std::size_t>(std::countr_zero(left));
      const Instruction::Op op = interpreter_.next(state, process).op;
      const bool can_block = op == Instruction::Op::kLock || op == Instruction::Op::kEndGracePeriod;
      if (can_block && interpreter_.candidates(state, process).count == 0) {
        enabled &= ~(ProcessMask{1} << process);
      }
    }
    return enabled;
  }

  ProcessMask to_try(const State& state, ProcessMask alive, ProcessMask enabled) const {
    if (stores_come_first()) {
      for (ProcessMask left = enabled; left != 0; left &= left - 1) {
        const auto process = static_cast<std::size_t>(std::countr_zero(left));
        if (is_early_store(state, process)) return left & -left;
      }
    }
    return smallest_group(state, alive, enabled);
  }

  // A store that comes before another process's load, store or read-modify-write leads to all that
  // it leads to after: the load can still read the older message, and the store can still land
  // above or below. Not so where choices other than the newest are counted, or races looked for.
  bool stores_come_first() const { return !options_.non_newest && !options_.finds_races; }

  bool is_early_store(const State& state, std::size_t process) const {
    return interpreter_.next(state, process).op == Instruction::Op::kStore &&
           (analysis_.of_step(process, state.steps[process]).writes & analysis_.locks()) == 0;
  }

  // The enabled ones of a group of processes whose next steps no step of the others, now or later,
  // can touch: the smallest such group that has any.
  ProcessMask smallest_group(const State& state, ProcessMask alive, ProcessMask enabled) const {
    ProcessMask best = enabled;
    for (ProcessMask left = enabled; left != 0 && std::popcount(best) > 1; left &= left - 1) {
      const ProcessMask group = group_of(state, alive, left & -left) & enabled;
      if (std::popcount(group) < std::popcount(best)) best = group;
    }
    return best;
  }

  ProcessMask group_of(const State& state, ProcessMask alive, ProcessMask group) const {
    for (ProcessMask open = group; open != 0;) {
      const auto member = static_cast<std::size_t>(std::countr_zero(open));
      open &= open - 1;
      const Footprint& next = analysis_.of_step(member, state.steps[member]);
      for (ProcessMask others = alive & ~group; others != 0; others &= others - 1) {
        const auto other = static_cast<std::size_t>(std::countr_zero(others));
        if (!conflict(next, analysis_.ahead(other, state.steps[other]).footprint)) continue;
        group |= ProcessMask{1} << other;
        open |= ProcessMask{1} << other;
      }
    }
    return group;
  }

  bool is_within_limits() {
    if (seen_.size() >= options_.limits.states) {
      result_.stop = Stop::kStates;
      return false;
    }
    constexpr std::uint32_t kBetweenClocks = 256;
    if (++since_clock_ < kBetweenClocks) return true;
    since_clock_ = 0;
    if (options_.limits.wants_stop && options_.limits.wants_stop()) {
      result_.stop = Stop::kAsked;
      return false;
    }
    if (options_.limits.seconds <= 0) return true;
    const std::chrono::duration<double> spent = Clock::now() - start_;
    if (spent.count() < options_.limits.seconds) return true;
    result_.stop = Stop::kTime;
    return false;
  }

  void keep_way(std::size_t depth) {
    result_.found.emplace();
    for (std::size_t i = 1; i <= depth; ++i) {
      result_.found->insert(result_.found->end(), frames_[i].taken.begin(), frames_[i].taken.end());
    }
  }

  const LitmusTest& test_;
  const Analysis& analysis_;
  const Interpreter& interpreter_;
  const ExploreOptions& options_;
  const Explorer::Visit& visit_;
  std::deque<Frame> frames_;  // Kept for their memory; the first `depth` + 1 are the present way.
  StateSet seen_;
  Exploration result_;
  bool wants_way_ = false;
  std::uint32_t since_clock_ = 0;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Explorer::Explorer(const LitmusTest& test, const Analysis& analysis, memory::Rules rules)
    : test_(test),
      analysis_(analysis),
      rules_(rules),
      sizes_(sizes_of(test, analysis)),
      interpreter_(test, analysis, sizes_, rules) {}

Exploration Explorer::run(const ExploreOptions& options, const Visit& visit) const {
  if (!options.finds_races) return Exploring(test_, analysis_, interpreter_, options, visit).run();
  memory::Sizes sizes = sizes_;
  sizes.finds_races = true;
  const Interpreter interpreter(test_, analysis_, sizes, rules_);
  return Exploring(test_, analysis_, interpreter, options, visit).run();
}

}  // namespace revenant::litmus
