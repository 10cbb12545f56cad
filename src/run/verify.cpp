#include "run/verify.h"

#include <algorithm>
#include <array>

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

Schedule without_answers(Schedule schedule) {
  schedule.preemptions.clear();
  schedule.picks.clear();
  schedule.walk.reset();
  normalize(schedule);
  return schedule;
}

}  // namespace

// Answers what the prefix says, then by default, and notes the questions that it meets.
class Verifier::Explorer final : public Choices {
 public:
  Explorer(const VerifyBounds& bounds, VisitedStates& states) : bounds_(bounds), states_(states) {
    prefix_.reserve(kMaxDecisions);
  }

  void begin_run() {
    next_ = 0;
    preemptions_ = choices_ = 0;
    is_known_ = false;
    asked_ = {};
    width_ = 1;
    hash_.begin_run();
    trace_.clear();
    states_.make_room();
  }

  CpuId next_cpu(const RunQuestion& question) override {
    const bool has_begun = question.at.op != 0 || question.at.point != 0;
    const bool could_stay = has_begun && (question.runnable & mask_of(question.at.cpu)) != 0;
    const std::uint32_t count = count_of(question.runnable);
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
    while (prefix_.size() > fixed_) {
      Decision& last = prefix_.back();
      if (last.answer + 1 < last.count) {
        ++last.answer;
        return true;
      }
      prefix_.pop_back();
    }
    return false;
  }

  // Answers at random instead. width() is then one over the probability of the answers.
  void descend_randomly(Rng* rng) { random_ = rng; }
  double width() const { return width_; }
  // The next descent will meet about as many questions as this one did.
  void expect_as_many() { expected_ = asked_; }

  sim::Trace& trace() { return trace_; }
  std::uint64_t state_count() const { return states_.size(); }
  VerifySlice slice() const {
    VerifySlice slice{.path = {}, .fixed = fixed_};
    for (const Decision& decision : prefix_) {
      slice.path.push_back({.answer = decision.answer, .count = decision.count});
    }
    return slice;
  }
  // Keeps the room that was reserved: questions arise inside CPUs, where nothing may be allocated.
  void set_slice(const VerifySlice& slice) {
    prefix_.clear();
    fixed_ = slice.fixed;
    for (const VerifyDecision& decision : slice.path) {
      prefix_.push_back({.answer = decision.answer, .count = decision.count});
    }
  }

 private:
  static constexpr std::size_t kMaxDecisions = sim::kMaxSteps * 2;

  std::uint32_t decide(Decision asked, const Anchor& at) {
    if (at.op == kTearDownOp) return 0;
    ++asked_[asked.is_pick ? 1 : 0];
    if (is_free_of_charge(asked) || has_budget(asked)) {
      if (random_ != nullptr) return pay(asked, random_answer(asked));
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

  // A resumed prefix does not know what its answers cost.
  std::uint32_t follow_prefix(const Decision& asked) {
    Decision& decision = prefix_[next_++];
    decision = {decision.answer, asked.count, asked.is_switch, asked.is_pick};
    REVENANT_CHECK(decision.answer < decision.count);
    return decision.answer;
  }

  // What costs something is spent anywhere in the run with about the same probability, and not at
  // the first questions.
  std::uint32_t random_answer(const Decision& asked) {
    if (is_free_of_charge(asked)) {
      width_ *= asked.count;
      return static_cast<std::uint32_t>(random_->below(asked.count));
    }
    const std::size_t kind = asked.is_pick ? 1 : 0;
    const std::uint32_t left =
        asked.is_pick ? bounds_.choices - choices_ : bounds_.preemptions - preemptions_;
    const std::uint32_t to_come = expected_[kind] - std::min(expected_[kind], asked_[kind]) + 1;
    const std::uint32_t odds = std::max(2U, (to_come + left) / left);
    if (!random_->one_in(odds)) {
      width_ *= odds / (odds - 1.0);
      return 0;
    }
    const std::uint32_t others = asked.count - 1;
    width_ *= static_cast<double>(odds) * others;
    return 1 + static_cast<std::uint32_t>(random_->below(others));
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
    is_known_ = !states_.note(state, preemptions_) && bounds_.reduces;
  }

  VerifyBounds bounds_;
  std::vector<Decision> prefix_;
  std::uint32_t fixed_ = 0;  // Decisions at the start of the prefix that stay.
  std::size_t next_ = 0;
  std::uint32_t preemptions_ = 0;
  std::uint32_t choices_ = 0;
  bool is_known_ = false;
  PrefixHash hash_;
  sim::Trace trace_;
  VisitedStates& states_;
  Rng* random_ = nullptr;
  std::array<std::uint32_t, 2> asked_{};  // About CPUs, and others.
  std::array<std::uint32_t, 2> expected_{};
  double width_ = 1;
};

Verifier::Verifier(Runner& runner, const Schedule& program, const VerifyBounds& bounds,
                   VisitedStates& states)
    : bare_(without_answers(program)),
      runner_(runner),
      explorer_(std::make_unique<Explorer>(bounds, states)) {}

Verifier::~Verifier() = default;

VerifySlice Verifier::slice() const { return explorer_->slice(); }

void Verifier::resume(const VerifySlice& slice) { explorer_->set_slice(slice); }

double Verifier::estimate(std::uint32_t descents) {
  Rng rng(1);
  double sum = 0;
  explorer_->descend_randomly(&rng);
  for (std::uint32_t i = 0; i <= descents; ++i) {
    explorer_->begin_run();
    runner_.run(bare_, *explorer_, {.trace = &explorer_->trace()});
    explorer_->expect_as_many();
    if (i > 0) sum += explorer_->width();  // The first only counts the questions.
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
  } while (!result.finished &&
           keep_going({.schedules = result.schedules, .states = result.states}));
  return result;
}

}  // namespace revenant
