#include "litmus/witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "litmus/condition.h"

namespace revenant::litmus {
namespace {

using Op = Instruction::Op;

constexpr std::size_t kStepWidth = 5;
constexpr std::size_t kSourceWidth = 10;
constexpr std::size_t kLeastColumnWidth = 24;
constexpr std::size_t kEdgeWidth = 3;  // Of a column: section, lock, space.

// Takes the way again and notes what each step did.
class Recorder {
 public:
  Recorder(const LitmusTest& test, std::span<const Taken> way)
      : test_(test),
        way_(way),
        analysis_(test, std::vector<RegisterMask>(test.processes.size(), 0)),
        interpreter_(test, analysis_, sizes_of(test, analysis_), {}),
        state_(interpreter_.start()),
        is_lock_(test.words.size()),
        // The initial message of each word, which nobody stored.
        stored_by_(test.words.size(), {std::nullopt}) {}

  Witness run() {
    for (const Taken& taken : way_) {
      witness_.steps.push_back(take(taken));
      note_spans(taken.process);
    }
    return std::move(witness_);
  }

 private:
  // As in the file, in one line.
  std::string text_of(const Instruction& step) const {
    std::string text;
    for (std::uint32_t i = step.text_begin; i < step.text_end; ++i) {
      const char c = test_.source[i];
      const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (!is_blank) {
        text += c;
      } else if (!text.empty() && text.back() != ' ') {
        text += ' ';
      }
    }
    return text;
  }

  WitnessStep take(const Taken& taken) {
    const Instruction& step = interpreter_.next(state_, taken.process);
    WitnessStep taking{.process = taken.process, .place = step.place, .text = text_of(step)};
    taking.is_weak = taken.number > 0;
    taking.word = interpreter_.word_of(state_, taken.process);
    taking.loads = step.op == Op::kLoad || step.op == Op::kUpdate || step.op == Op::kTrylock ||
                   step.op == Op::kLock;
    taking.stores = step.op == Op::kStore || step.op == Op::kUnlock || taken.choice.stores;
    Number read = 0;
    if (taking.word) {
      const auto at = static_cast<memory::LocationId>(*taking.word);
      const memory::Message& message = state_.machine.message(at, taken.choice.index);
      read = static_cast<Number>(message.value);
      taking.newest = value_text(test_, static_cast<Number>(state_.machine.newest(at).value));
      taking.behind = state_.machine.message_count(at) - 1 - taken.choice.index;
      if (taking.loads) taking.reads_from = stored_by_[*taking.word][taken.choice.index];
      if (step.op == Op::kLock || step.op == Op::kTrylock) is_lock_[*taking.word] = true;
    }
    interpreter_.step(state_, taken.process, taken.choice);
    if (taking.word && taking.stores) {
      note_store(*taking.word,
                 step.op == Op::kUnlock ? std::nullopt : std::optional(taken.choice.index));
    }
    if (step.op == Op::kEndGracePeriod) taking.result = " ends";
    if (step.op == Op::kLoad) taking.result = " = " + value_text(test_, read);
    if (step.op == Op::kTrylock) taking.result = taken.choice.stores ? " = 1" : " = 0";
    if (step.op == Op::kUpdate) {
      taking.result =
          ", was " + value_text(test_, read) + (taken.choice.stores ? "" : ": no store");
    }
    return taking;
  }

  // The last step stored directly above message `below`; or at the end.
  void note_store(std::size_t word, std::optional<std::uint32_t> below) {
    auto& stored_by = stored_by_[word];
    const std::size_t place = below ? *below + 1 : stored_by.size();
    stored_by.insert(stored_by.begin() + static_cast<std::ptrdiff_t>(place), witness_.steps.size());
    // A full history has dropped its oldest.
    const auto at = static_cast<memory::LocationId>(word);
    if (stored_by.size() > state_.machine.message_count(at)) stored_by.erase(stored_by.begin());
  }

  void note_spans(std::size_t process) {
    const CpuId cpu{static_cast<std::uint8_t>(process)};
    for (std::uint32_t domain = 0; domain < test_.domain_count; ++domain) {
      note(witness_.sections, state_.machine.in_section(cpu, static_cast<memory::DomainId>(domain)),
           {.process = process, .of = domain});
    }
    for (std::uint32_t word = 0; word < test_.words.size(); ++word) {
      if (!is_lock_[word]) continue;
      const bool holds = state_.machine.holds(cpu, static_cast<memory::LocationId>(word));
      note(witness_.holds, holds, {.process = process, .of = word});
    }
  }

  // Opens or closes a span like `like` at the last step, if that is what the step did.
  void note(std::vector<WitnessSpan>& spans, bool is_open, WitnessSpan like) const {
    const std::size_t step = witness_.steps.size() - 1;
    const auto open = std::ranges::find_if(spans, [&](const WitnessSpan& span) {
      return !span.to && span.process == like.process && span.of == like.of;
    });
    if (is_open == (open != spans.end())) return;
    if (!is_open) {
      open->to = step;
      return;
    }
    like.from = step;
    spans.push_back(like);
  }

  const LitmusTest& test_;
  std::span<const Taken> way_;
  Analysis analysis_;
  Interpreter interpreter_;
  State state_;
  Witness witness_;
  std::vector<bool> is_lock_;  // Of words, as far as one has been taken.
  // For each word, the steps that stored its messages, as the machine has them.
  std::vector<std::vector<std::optional<std::size_t>>> stored_by_;
};

std::string without_end_spaces(std::string text) {
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

std::string heading(const LitmusTest& test) {
  std::string text = fmt::format("{:>{}}  {:<{}}", "step", kStepWidth, "source", kSourceWidth);
  for (const Process& process : test.processes) {
    text += fmt::format("{:<{}}", fmt::format("P{}", process.number), kLeastColumnWidth);
  }
  return without_end_spaces(text) + "\n";
}

bool has_open(std::span<const WitnessSpan> spans, std::size_t process, std::size_t step) {
  return std::ranges::any_of(spans, [&](const WitnessSpan& span) {
    return span.process == process && span.from <= step && (!span.to || step < *span.to);
  });
}

// What a process is inside of, right after the step.
std::string edge(const Witness& witness, std::size_t process, std::size_t step) {
  std::string text(kEdgeWidth, ' ');
  if (has_open(witness.sections, process, step)) text[0] = ':';
  if (has_open(witness.holds, process, step)) text[1] = '|';
  return text;
}

std::string row(const LitmusTest& test, const Witness& witness, std::size_t number) {
  const WitnessStep& step = witness.steps[number];
  std::string line =
      fmt::format("{:>{}}  {:<{}}", number + 1, kStepWidth,
                  fmt::format("{}:{}", step.place.line, step.place.column), kSourceWidth);
  for (std::size_t i = 0; i < step.process; ++i) {
    line += fmt::format("{:<{}}", edge(witness, i, number), kLeastColumnWidth);
  }
  line += edge(witness, step.process, number) + step.text + step.result;
  if (step.is_weak) line += "  <- " + what_is_weak(test, step);
  const std::size_t begin = 2 + kStepWidth + kSourceWidth;
  for (std::size_t i = step.process + 1; i < test.processes.size(); ++i) {
    const std::size_t column = begin + i * kLeastColumnWidth;
    if (line.size() < column) {
      line += std::string(column - line.size(), ' ') + edge(witness, i, number);
    }
  }
  return without_end_spaces(line) + "\n";
}

}  // namespace

Witness witness_of(const LitmusTest& test, std::span<const Taken> way) {
  return Recorder(test, way).run();
}

std::string what_is_weak(const LitmusTest& test, const WitnessStep& step) {
  if (step.loads) return fmt::format("stale: newest is {}", step.newest);
  return fmt::format("lands {} below the newest: {} stays {}", step.behind,
                     test.words[*step.word].name, step.newest);
}

std::string what_is_needed(const Witness& witness) {
  const auto weak = std::ranges::count_if(witness.steps, &WitnessStep::is_weak);
  if (weak == 0) return "plain interleaving: every load returns the newest store";
  return fmt::format("needs weak memory: {} of the choices {} not the newest", weak,
                     weak == 1 ? "is" : "are");
}

std::string witness_text(const LitmusTest& test, const Witness& witness) {
  std::string text = heading(test);
  for (std::size_t i = 0; i < witness.steps.size(); ++i) text += row(test, witness, i);
  return text + what_is_needed(witness) + "\n";
}

}  // namespace revenant::litmus
