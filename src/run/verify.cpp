#include "run/verify.h"

#include <bit>

#include "base/check.h"
#include "base/rng.h"
#include "run/prefix_hash.h"
#include "schedule/schedule_choices.h"

namespace revenant {
namespace {

// A question on the way, with the answer under way. Answers are numbered from 0, the default.
struct Decision {
  std::uint32_t answer = 0;
  std::uint32_t count = 0;
  bool is_switch = false;  // Any answer but 0 costs a preemption...
  bool is_pick = false;    // ...or a choice.
};

// The states that were visited, each with the fewest preemptions that led there. Grows between runs
// only, since questions arise inside CPUs.
class States {
 public:
  States() : entries_(kRoom * 4) {}

  std::uint64_t size() const { return count_; }

  void make_room() {
    if ((count_ + kRoom) * 2 <= entries_.size()) return;
    std::vector<Entry> old(entries_.size() * 2);
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.state != 0) entry_of(entry.state) = entry;
    }
  }

  // Notes the state; false if it was visited with as few preemptions before.
  bool improves(std::uint64_t state, std::uint32_t preemptions) {
    Entry& entry = entry_of(state | 1);  // 0 is a free entry.
    if (entry.state == 0) {
      ++count_;
    } else if (entry.preemptions <= preemptions) {
      return false;
    }
    entry = {.state = state | 1, .preemptions = preemptions};
    return true;
  }

 private:
  static constexpr std::size_t kRoom = sim::kMaxSteps;  // A run asks fewer questions.

  struct Entry {
    std::uint64_t state = 0;
    std::uint32_t preemptions = 0;
  };

  Entry& entry_of(std::uint64_t state) {
    std::size_t slot = state >> 1;
    for (;; ++slot) {
      Entry& entry = entries_[slot & (entries_.size() - 1)];
      if (entry.state == 0 || entry.state == state) return entry;
    }
  }

  std::vector<Entry> entries_;  // As many as a power of two.
  std::uint64_t count_ = 0;
};

Schedule without_answers(Schedule schedule) {
  schedule.preemptions.clear();
  schedule.picks.clear();
  schedule.walk.reset();
  schedule.walk_from = 0;
  return schedule;
}

}  // namespace

// Answers what the prefix says, then by default, and notes the questions that it meets.
class Verifier::Explorer final : public Choices {
 public:
  explicit Explorer(const VerifyBounds& bounds) : bounds_(bounds) {
    prefix_.reserve(kMaxDecisions);
  }

  void begin_run() {
    next_ = 0;
    preemptions_ = choices_ = 0;
    is_known_ = false;
    width_ = 1;
    hash_.begin_run();
    trace_.clear();
    states_.make_room();
  }

  CpuId next_cpu(const RunQuestion& question) override {
    const bool has_begun = question.at.op != 0 || question.at.point != 0;
    const bool could_stay = has_begun && (question.runnable & mask_of(question.at.cpu)) != 0;
    const auto count = static_cast<std::uint32_t>(std::popcount(question.runnable));
    // Where a CPU has yet to begin the state is that of the question before.
    if (has_begun) note_state(question);
    const std::uint32_t answer = decide({.count = count, .is_switch = could_stay}, question.at);
    return cyclic_cpu(question.at.cpu, question.runnable, answer);
  }

  std::uint32_t pick(const Anchor& at, std::uint32_t count) override {
    const std::uint32_t answer = decide({.count = count, .is_pick = true}, at);
    hash_.follow(trace_.events());
    hash_.picked(at.cpu, answer);
    return answer;
  }

  // To the next leaf of the tree; false when there is none.
  bool advance() {
    while (!prefix_.empty()) {
      Decision& last = prefix_.back();
      if (last.answer + 1 < last.count) {
        ++last.answer;
        return true;
      }
      prefix_.pop_back();
    }
    return false;
  }

  double share_done() const {
    double done = 0;
    double share = 1;
    for (const Decision& decision : prefix_) {
      share /= decision.count;
      done += share * decision.answer;
    }
    return done;
  }

  // Answers at random instead, and returns the product of the counts of answers.
  void descend_randomly(Rng* rng) { random_ = rng; }
  double width() const { return width_; }

  sim::Trace& trace() { return trace_; }
  std::uint64_t state_count() const { return states_.size(); }
  const std::vector<Decision>& prefix() const { return prefix_; }
  // Keeps the room that was reserved: questions arise inside CPUs, where nothing may be allocated.
  void set_prefix(const std::vector<Decision>& prefix) {
    prefix_.assign(prefix.begin(), prefix.end());
  }

 private:
  static constexpr std::size_t kMaxDecisions = sim::kMaxSteps * 2;

  std::uint32_t decide(Decision asked, const Anchor& at) {
    if (at.op == kTearDownOp) return 0;
    if (is_free_of_charge(asked) || has_budget(asked)) {
      if (random_ != nullptr) return pay(asked, random_answer(asked.count));
      if (next_ < prefix_.size()) return pay(asked, follow_prefix(asked));
      if (!is_known_) {
        REVENANT_CHECK(prefix_.size() < kMaxDecisions);
        prefix_.push_back(asked);
        ++next_;
      }
    }
    return 0;
  }

  static bool is_free_of_charge(const Decision& asked) {
    return !asked.is_switch && !asked.is_pick;
  }
  bool has_budget(const Decision& asked) const {
    return asked.is_pick ? choices_ < bounds_.choices : preemptions_ < bounds_.preemptions;
  }

  // A resumed prefix has no counts yet.
  std::uint32_t follow_prefix(const Decision& asked) {
    Decision& decision = prefix_[next_++];
    decision = {decision.answer, asked.count, asked.is_switch, asked.is_pick};
    REVENANT_CHECK(decision.answer < decision.count);
    return decision.answer;
  }

  std::uint32_t random_answer(std::uint32_t count) {
    width_ *= count;
    return static_cast<std::uint32_t>(random_->below(count));
  }

  std::uint32_t pay(const Decision& asked, std::uint32_t answer) {
    if (answer != 0 && asked.is_switch) ++preemptions_;
    if (answer != 0 && asked.is_pick) ++choices_;
    return answer;
  }

  // Where the prefix ends, and from there on: has the search been here with as much left?
  void note_state(const RunQuestion& question) {
    if (random_ != nullptr || is_known_ || next_ < prefix_.size()) return;
    hash_.follow(trace_.events());
    const std::uint64_t state = mix64(
        mix64(mix64(hash_.value() + question.runnable) + index_of(question.at.cpu)) + choices_);
    is_known_ = !states_.improves(state, preemptions_) && bounds_.reduces;
  }

  VerifyBounds bounds_;
  std::vector<Decision> prefix_;
  std::size_t next_ = 0;
  std::uint32_t preemptions_ = 0;
  std::uint32_t choices_ = 0;
  bool is_known_ = false;
  PrefixHash hash_;
  sim::Trace trace_;
  States states_;
  Rng* random_ = nullptr;
  double width_ = 1;
};

Verifier::Verifier(Runner& runner, const Schedule& program, const VerifyBounds& bounds)
    : bare_(without_answers(program)),
      runner_(runner),
      explorer_(std::make_unique<Explorer>(bounds)) {}

Verifier::~Verifier() = default;

std::vector<std::uint32_t> Verifier::position() const {
  std::vector<std::uint32_t> answers;
  for (const Decision& decision : explorer_->prefix()) answers.push_back(decision.answer);
  return answers;
}

void Verifier::resume(const std::vector<std::uint32_t>& position) {
  std::vector<Decision> prefix;
  prefix.reserve(position.size());
  for (const std::uint32_t answer : position) prefix.push_back({.answer = answer});
  explorer_->set_prefix(prefix);
}

double Verifier::estimate(std::uint32_t descents) {
  Rng rng(1);
  double sum = 0;
  explorer_->descend_randomly(&rng);
  for (std::uint32_t i = 0; i < descents; ++i) {
    explorer_->begin_run();
    runner_.run(bare_, *explorer_, {.trace = &explorer_->trace()});
    sum += explorer_->width();
  }
  explorer_->descend_randomly(nullptr);
  return sum / descents;
}

VerifyResult Verifier::run(const std::function<bool(const VerifyProgress&)>& keep_going) {
  VerifyResult result;
  do {
    explorer_->begin_run();
    Schedule written = bare_;
    ExplicitRecorder recorder(*explorer_, written);
    result.finding = runner_.run(bare_, recorder, {.trace = &explorer_->trace()}).finding;
    ++result.schedules;
    result.states = explorer_->state_count();
    if (result.finding) {
      normalize(written);
      result.schedule = written;
      return result;
    }
    result.finished = !explorer_->advance();
  } while (!result.finished && keep_going({.schedules = result.schedules,
                                           .states = result.states,
                                           .done = explorer_->share_done()}));
  return result;
}

}  // namespace revenant
