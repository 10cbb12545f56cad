#include "litmus/parser.h"

#include <algorithm>
#include <charconv>

#include "base/decimal.h"
#include "litmus/body_parser.h"
#include "litmus/condition.h"

namespace revenant::litmus {
namespace {

// A value of the initial state for a register of a process that is yet to come.
struct InitialRegister {
  std::uint32_t process = 0;
  std::string name;
  Number value = 0;
};

class Parser {
 public:
  explicit Parser(const Source& source) : source_(source), cursor_(source) {
    test_.source = source.text();
    test_.name = source.test_name();
  }

  LitmusTest run() {
    initial_state();
    while (at_process()) process();
    if (test_.processes.empty()) cursor_.fail("a process P0");
    number_registers();
    test_.domain_count = static_cast<std::uint32_t>(srcu_words_.size()) + 1;
    clauses();
    return std::move(test_);
  }

 private:
  // --- Initial state. ---

  void initial_state() {
    cursor_.expect("{");
    while (!cursor_.accept("}")) {
      if (cursor_.accept(";")) continue;
      initial_value();
      if (!cursor_.at("}")) cursor_.expect(";");
    }
  }

  void initial_value() {
    skip_type(cursor_);
    if (cursor_.at_number()) return initial_register();
    const bool has_bracket = cursor_.accept("[");
    const std::string_view name = cursor_.name("a shared word or a register");
    if (has_bracket) cursor_.expect("]");
    if (cursor_.at("[")) cursor_.fail("no arrays");
    const std::uint32_t word = word_named(test_, name, cursor_);
    test_.words[word].initial = cursor_.accept("=") ? value() : 0;
  }

  void initial_register() {
    const auto process = static_cast<std::uint32_t>(cursor_.number());
    cursor_.expect(":");
    const std::string name(cursor_.name("a register"));
    cursor_.expect("=");
    if (registers_.size() == std::size_t{kMaxRegisters} * kMaxProcesses) {
      cursor_.fail("fewer registers");
    }
    registers_.push_back({.process = process, .name = name, .value = value()});
  }

  Number value() {
    if (cursor_.accept("(")) {
      // A cast, or a value in parentheses.
      if (skip_type(cursor_)) {
        cursor_.expect(")");
        return plain_value();
      }
      const Number inner = plain_value();
      cursor_.expect(")");
      return inner;
    }
    return plain_value();
  }

  Number plain_value() {
    if (cursor_.at_number() || cursor_.at("-")) return cursor_.signed_number();
    if (cursor_.accept("ATOMIC_INIT")) {
      cursor_.expect("(");
      const Number number = cursor_.signed_number();
      cursor_.expect(")");
      return number;
    }
    if (cursor_.accept("NULL")) return 0;
    cursor_.accept("&");
    const std::string_view name = cursor_.name("a number or the name of a shared word");
    return address_of(word_named(test_, name, cursor_));
  }

  // --- Processes. ---

  bool at_process() const {
    std::size_t ahead = 0;
    while (cursor_.peek(ahead).text == "static" || cursor_.peek(ahead).text == "void") ++ahead;
    return process_number(cursor_.peek(ahead).text).has_value() &&
           cursor_.peek(ahead + 1).text == "(";
  }

  static std::optional<std::uint32_t> process_number(std::string_view name) {
    if (name.size() < 2 || name.front() != 'P') return std::nullopt;
    std::uint32_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + 1, end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
  }

  void process() {
    while (cursor_.accept("static") || cursor_.accept("void")) {
    }
    const std::uint32_t number = *process_number(cursor_.peek().text);
    if (std::ranges::find(test_.processes, number, &Process::number) != test_.processes.end()) {
      cursor_.fail("a process that is not there yet");
    }
    if (test_.processes.size() == kMaxProcesses) cursor_.fail("at most 8 processes");
    cursor_.take();
    const std::vector<std::string> names = parameters();
    Process process;
    process.number = number;
    for (const InitialRegister& reg : registers_) {
      if (reg.process != number) continue;
      if (process.register_names.size() == kMaxRegisters) cursor_.fail("at most 64 registers");
      process.register_names.push_back(reg.name);
      process.initial_registers.push_back(reg.value);
    }
    BodyParser(cursor_, test_, process, names, srcu_words_).run();
    test_.processes.push_back(std::move(process));
  }

  std::vector<std::string> parameters() {
    std::vector<std::string> names;
    cursor_.expect("(");
    if (cursor_.peek(1).text == ")" && cursor_.accept("void")) {
    }
    while (!cursor_.accept(")")) {
      skip_type(cursor_);
      names.emplace_back(cursor_.name("the name of a shared word"));
      word_named(test_, names.back(), cursor_);
      if (!cursor_.at(")")) cursor_.expect(",");
    }
    return names;
  }

  void number_registers() {
    std::ranges::sort(test_.processes, {}, &Process::number);
    for (Process& process : test_.processes) {
      process.first_register = test_.register_count;
      test_.register_count += static_cast<std::uint32_t>(process.register_names.size());
    }
    for (const InitialRegister& reg : registers_) {
      if (std::ranges::find(test_.processes, reg.process, &Process::number) ==
          test_.processes.end()) {
        source_.fail(0, "a process P" + decimal(reg.process) +
                            ", of which the initial state sets a register");
      }
    }
  }

  // --- What is asked. ---

  void clauses() {
    bool has_condition = false;
    while (!cursor_.at_end()) {
      if (has_condition) cursor_.fail("the end of the file after the condition");
      if (cursor_.accept("locations")) {
        locations();
      } else if (cursor_.accept("filter")) {
        test_.filter = ConditionParser(cursor_, test_).run();
      } else {
        condition();
        has_condition = true;
      }
    }
    if (!has_condition) cursor_.fail("exists, ~exists or forall");
  }

  void locations() {
    cursor_.expect("[");
    while (!cursor_.accept("]")) {
      if (cursor_.accept(";")) continue;
      test_.locations.push_back(ConditionParser(cursor_, test_).observed());
      if (!cursor_.at("]")) cursor_.expect(";");
    }
  }

  void condition() {
    if (cursor_.accept("~")) {
      cursor_.expect("exists");
      test_.quantifier = Quantifier::kNotExists;
    } else if (cursor_.accept("forall")) {
      test_.quantifier = Quantifier::kForall;
    } else {
      cursor_.expect("exists");
    }
    test_.condition = ConditionParser(cursor_, test_).run();
  }

  const Source& source_;
  Cursor cursor_;
  LitmusTest test_;
  std::vector<InitialRegister> registers_;
  std::vector<Number> srcu_words_;  // By domain, the first of number 1.
};

}  // namespace

std::variant<LitmusTest, SyntaxError> parse(std::string_view text) {
  try {
    const Source source(text);
    return Parser(source).run();
  } catch (SyntaxError& error) {
    return std::move(error);
  }
}

}  // namespace revenant::litmus
