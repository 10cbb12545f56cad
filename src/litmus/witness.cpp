#include "litmus/witness.h"

#include <fmt/format.h>

#include <algorithm>

#include "litmus/condition.h"

namespace revenant::litmus {
namespace {

using Op = Instruction::Op;

constexpr std::size_t kStepWidth = 5;
constexpr std::size_t kSourceWidth = 10;
constexpr std::size_t kLeastColumnWidth = 24;
constexpr std::size_t kEdgeWidth = 3;  // Of a column: section, lock, space.

class Table {
 public:
  Table(const LitmusTest& test, std::span<const Taken> way)
      : test_(test),
        way_(way),
        analysis_(test, std::vector<RegisterMask>(test.processes.size(), 0)),
        interpreter_(test, analysis_, sizes_of(test, analysis_), {}),
        state_(interpreter_.start()),
        edges_(test.processes.size(), std::string(kEdgeWidth, ' ')) {}

  std::string run() {
    std::string rows;
    std::uint32_t weak = 0;
    for (std::size_t i = 0; i < way_.size(); ++i) {
      if (way_[i].number > 0) ++weak;
      rows += row(i + 1, way_[i]);
    }
    return heading() + rows + summary(weak);
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

  static std::string without_end_spaces(std::string text) {
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
  }

  std::string heading() const {
    std::string text = fmt::format("{:>{}}  {:<{}}", "step", kStepWidth, "source", kSourceWidth);
    for (const Process& process : test_.processes) {
      text += fmt::format("{:<{}}", fmt::format("P{}", process.number), kLeastColumnWidth);
    }
    return without_end_spaces(text) + "\n";
  }

  std::string row(std::size_t number, const Taken& taken) {
    const Instruction& step = interpreter_.next(state_, taken.process);
    const std::string text = describe(taken, step);
    std::string line =
        fmt::format("{:>{}}  {:<{}}", number, kStepWidth,
                    fmt::format("{}:{}", step.place.line, step.place.column), kSourceWidth);
    note_edge(taken.process);
    for (std::size_t i = 0; i < edges_.size() && i < taken.process; ++i) {
      line += fmt::format("{:<{}}", edges_[i], kLeastColumnWidth);
    }
    line += edges_[taken.process] + text;
    const std::size_t begin = 2 + kStepWidth + kSourceWidth;
    for (std::size_t i = taken.process + 1; i < edges_.size(); ++i) {
      const std::size_t column = begin + i * kLeastColumnWidth;
      if (line.size() < column) line += std::string(column - line.size(), ' ') + edges_[i];
    }
    return without_end_spaces(line) + "\n";
  }

  // Takes the step too.
  std::string describe(const Taken& taken, const Instruction& step) {
    const auto word = interpreter_.word_of(state_, taken.process);
    const auto at = static_cast<memory::LocationId>(word.value_or(0));
    const auto newest = static_cast<Number>(word ? state_.machine.newest(at).value : 0);
    const auto read =
        static_cast<Number>(word ? state_.machine.message(at, taken.choice.index).value : 0);
    const std::uint32_t behind =
        word ? state_.machine.message_count(at) - 1 - taken.choice.index : 0;
    interpreter_.step(state_, taken.process, taken.choice);
    std::string text = text_of(step) + (step.op == Op::kEndGracePeriod ? " ends" : "");
    if (step.op == Op::kLoad) text += " = " + value(read);
    if (step.op == Op::kTrylock) text += taken.choice.stores ? " = 1" : " = 0";
    if (step.op == Op::kUpdate)
      text += ", was " + value(read) + (taken.choice.stores ? "" : ": no store");
    if (taken.number == 0) return text;
    if (step.op == Op::kStore) {
      return text + fmt::format("  <- lands {} below the newest: {} stays {}", behind,
                                test_.words[*word].name, value(newest));
    }
    return text + fmt::format("  <- stale: newest is {}", value(newest));
  }

  void note_edge(std::size_t process) {
    const CpuId cpu{static_cast<std::uint8_t>(process)};
    bool in_section = false;
    for (std::uint32_t domain = 0; domain < test_.domain_count; ++domain) {
      in_section |= state_.machine.in_section(cpu, static_cast<memory::DomainId>(domain));
    }
    edges_[process][0] = in_section ? ':' : ' ';
    bool holds_lock = false;
    for (std::size_t word = 0; word < test_.words.size(); ++word) {
      holds_lock |=
          is_lock(word) && state_.machine.holds(cpu, static_cast<memory::LocationId>(word));
    }
    edges_[process][1] = holds_lock ? '|' : ' ';
  }

  bool is_lock(std::size_t word) const {
    for (const Process& process : test_.processes) {
      for (const Instruction& step : process.code) {
        if (step.op != Op::kLock && step.op != Op::kTrylock) continue;
        const Expression& node = process.expressions[*step.address.root];
        if (node.kind == Expression::Kind::kNumber &&
            node.number == address_of(static_cast<std::uint32_t>(word))) {
          return true;
        }
      }
    }
    return false;
  }

  std::string value(Number number) const { return value_text(test_, number); }

  static std::string summary(std::uint32_t weak) {
    if (weak == 0) return "plain interleaving: every load returns the newest store\n";
    return fmt::format("needs weak memory: {} of the choices {} not the newest\n", weak,
                       weak == 1 ? "is" : "are");
  }

  const LitmusTest& test_;
  std::span<const Taken> way_;
  Analysis analysis_;
  Interpreter interpreter_;
  State state_;
  std::vector<std::string> edges_;
};

}  // namespace

std::string witness_text(const LitmusTest& test, std::span<const Taken> way) {
  return Table(test, way).run();
}

}  // namespace revenant::litmus
