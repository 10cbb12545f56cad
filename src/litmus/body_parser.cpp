#include "litmus/body_parser.h"

#include <algorithm>

namespace revenant::litmus {

std::uint32_t word_named(LitmusTest& test, std::string_view name, const Cursor& cursor) {
  const auto found = std::ranges::find(test.words, name, &SharedWord::name);
  if (found != test.words.end()) return static_cast<std::uint32_t>(found - test.words.begin());
  if (test.words.size() == kMaxSharedWords) cursor.fail("at most 32 shared words");
  test.words.push_back({.name = std::string(name)});
  return static_cast<std::uint32_t>(test.words.size() - 1);
}

namespace {

// Of branches and jumps that stay among these steps.
template <class Iterator>
void shift_targets(Iterator begin, Iterator end, std::uint32_t by) {
  for (Iterator step = begin; step != end; ++step) {
    if (step->op == Instruction::Op::kBranch) step->join += by;
    if (step->op == Instruction::Op::kBranch || step->op == Instruction::Op::kJump) {
      step->target += by;
    }
  }
}

}  // namespace

BodyParser::BodyParser(Cursor& cursor, LitmusTest& test, Process& process,
                       std::span<const std::string> parameters, std::vector<Number>& srcu_words)
    : cursor_(cursor),
      test_(test),
      process_(process),
      parameters_(parameters),
      srcu_words_(srcu_words) {}

void BodyParser::run() {
  process_.code.reserve(16);
  process_.expressions.reserve(32);
  process_.register_names.reserve(16);
  block();
}

// --- Registers and instructions. ---

bool BodyParser::is_parameter(std::string_view name) const {
  return std::ranges::find(parameters_, name) != parameters_.end();
}

bool BodyParser::is_local(std::string_view name) const {
  return std::ranges::find(process_.register_names, name) != process_.register_names.end();
}

bool BodyParser::is_shared(std::string_view name) const {
  return std::ranges::find(test_.words, name, &SharedWord::name) != test_.words.end();
}

RegisterId BodyParser::new_register(std::string name) {
  if (process_.register_names.size() == kMaxRegisters) {
    cursor_.fail("at most 64 registers and intermediate results in a process");
  }
  process_.register_names.push_back(std::move(name));
  process_.initial_registers.push_back(0);
  return static_cast<RegisterId>(process_.register_names.size() - 1);
}

RegisterId BodyParser::register_named(std::string_view name) {
  const auto found = std::ranges::find(process_.register_names, name);
  if (found == process_.register_names.end()) return new_register(std::string(name));
  return static_cast<RegisterId>(found - process_.register_names.begin());
}

Operand BodyParser::operand(Root root) const {
  const Expression& node = process_.expressions[root];
  return {.root = root, .registers = node.registers, .words = node.words};
}

std::uint32_t BodyParser::emit(Instruction instruction, std::size_t first_token) {
  if (process_.code.size() == kMaxInstructions) cursor_.fail("at most 1000 steps in a process");
  const Source& source = cursor_.source();
  instruction.place = source.place_of(source.tokens()[first_token].offset);
  const Token& last = source.tokens()[std::max(first_token + 1, cursor_.position()) - 1];
  instruction.text_begin = static_cast<std::uint32_t>(source.tokens()[first_token].offset);
  instruction.text_end = static_cast<std::uint32_t>(last.offset + last.text.size());
  process_.code.push_back(instruction);
  return here() - 1;
}

void BodyParser::insert(std::uint32_t at, Instruction instruction, std::size_t first_token) {
  emit(instruction, first_token);
  std::vector<Instruction>& code = process_.code;
  std::rotate(code.begin() + at, code.end() - 1, code.end());
  shift_targets(code.begin() + at + 1, code.end(), 1);
}

BodyParser::Root BodyParser::emit_with_result(Instruction instruction, std::size_t first_token) {
  instruction.result = new_register({});
  const RegisterId result = instruction.result;
  emit(instruction, first_token);
  return of_register(result);
}

void BodyParser::assign(RegisterId to, Root value, std::size_t first_token) {
  const Expression& node = process_.expressions[value];
  const bool is_fresh_result =
      node.kind == Expression::Kind::kRegister && node.reg + 1U == process_.register_names.size() &&
      process_.register_names[node.reg].empty() && here() > 0 &&
      process_.code.back().op != Op::kAssign && process_.code.back().result == node.reg;
  if (!is_fresh_result) {
    emit({.op = Op::kAssign, .result = to, .value = operand(value)}, first_token);
    return;
  }
  // The step itself can leave its result there.
  process_.code.back().result = to;
  process_.register_names.pop_back();
  process_.initial_registers.pop_back();
}

// --- Statements. ---

void BodyParser::block() {
  cursor_.expect("{");
  while (!cursor_.accept("}")) statement();
}

void BodyParser::statement() {
  const Nesting nesting(depth_, cursor_);
  statement_nodes_ = process_.expressions.size();
  if (cursor_.at("{")) return block();
  if (cursor_.accept(";")) return;
  if (cursor_.at("if")) return if_statement();
  if (cursor_.at("while")) return while_statement();
  if (cursor_.at("do")) return do_statement();
  if (cursor_.at("for")) return for_statement();
  if (is_type_word(cursor_.peek().text)) return declaration();
  simple_statement();
  cursor_.expect(";");
}

void BodyParser::declaration() {
  skip_type(cursor_);
  do {
    while (cursor_.accept("*")) {
    }
    const std::size_t first_token = cursor_.position();
    const std::string name(cursor_.name("the name of a register"));
    // A local hides a parameter of its name.
    const RegisterId reg = register_named(name);
    if (cursor_.accept("=")) assign(reg, expression(), first_token);
  } while (cursor_.accept(","));
  cursor_.expect(";");
}

void BodyParser::simple_statement() {
  if (cursor_.at("*")) return plain_store();
  const std::string_view after = cursor_.peek(1).text;
  const bool assigns =
      after == "=" || after == "++" || after == "--" || after == "+=" || after == "-=";
  if (cursor_.at_name() && assigns) return assignment(cursor_.take().text);
  expression();
}

// The name has been read.
void BodyParser::assignment(std::string_view name) {
  const std::size_t first_token = cursor_.position() - 1;
  if ((is_parameter(name) || is_shared(name)) && !is_local(name)) {
    cursor_.fail("a register before the assignment (write *" + std::string(name) +
                 " for the shared word)");
  }
  const std::string_view sign = cursor_.take().text;
  const RegisterId reg = register_named(name);
  if (sign == "=") return assign(reg, expression(), first_token);
  const Operator op = sign.front() == '+' ? Operator::kAdd : Operator::kSubtract;
  const Root old = of_register(reg);
  const Root by = sign == "++" || sign == "--" ? number(1) : expression();
  assign(reg, combined(op, old, by), first_token);
}

// "*p = e", or a load that nobody looks at.
void BodyParser::plain_store() {
  const std::size_t first_token = cursor_.position();
  const Root at = target();
  if (!cursor_.accept("=")) {
    emit_with_result({.op = Op::kLoad, .is_plain = true, .address = operand(at)}, first_token);
    return;
  }
  const Root value = expression();
  emit({.op = Op::kStore, .is_plain = true, .address = operand(at), .value = operand(value)},
       first_token);
}

void BodyParser::parenthesised(Root& condition) {
  cursor_.expect("(");
  condition = expression();
  cursor_.expect(")");
}

void BodyParser::if_statement() {
  const std::size_t first_token = cursor_.position();
  cursor_.expect("if");
  Root condition = 0;
  parenthesised(condition);
  const std::uint32_t branch = emit({.op = Op::kBranch, .value = operand(condition)}, first_token);
  statement();
  if (!cursor_.accept("else")) {
    process_.code[branch].target = process_.code[branch].join = here();
    return;
  }
  const std::uint32_t jump = emit({.op = Op::kJump}, first_token);
  process_.code[branch].target = here();
  statement();
  process_.code[jump].target = process_.code[branch].join = here();
}

std::uint32_t BodyParser::begin_loop(RegisterId& rounds) {
  rounds = new_register({});
  emit({.op = Op::kAssign, .result = rounds, .value = operand(number(0))}, cursor_.position() - 1);
  return here();
}

void BodyParser::count_round(RegisterId rounds, std::vector<std::uint32_t>& to_cut) {
  const std::size_t token = cursor_.position() - 1;
  const Root more = combined(Operator::kAdd, of_register(rounds), number(1));
  emit({.op = Op::kAssign, .result = rounds, .value = operand(more)}, token);
  const Root is_tried = combined(Operator::kLessEqual, of_register(rounds), number(kMaxRounds));
  to_cut.push_back(emit({.op = Op::kBranch, .value = operand(is_tried)}, token));
}

void BodyParser::end_loop(std::uint32_t start, std::span<const std::uint32_t> to_cut,
                          std::span<const std::uint32_t> to_end) {
  const std::size_t token = cursor_.position() - 1;
  emit({.op = Op::kJump, .target = start}, token);
  const std::uint32_t cut = emit({.op = Op::kCut}, token);
  for (const std::uint32_t branch : to_cut) process_.code[branch].target = cut;
  for (const std::uint32_t branch : to_end) process_.code[branch].target = here();
  for (std::uint32_t i = start; i < here(); ++i) {
    process_.code[i].in_loop = true;
    if (process_.code[i].op == Op::kBranch && process_.code[i].join == 0) {
      process_.code[i].join = here();
    }
  }
}

void BodyParser::while_statement() {
  const std::size_t first_token = cursor_.position();
  cursor_.expect("while");
  RegisterId rounds = kNoRegister;
  const std::uint32_t start = begin_loop(rounds);
  Root condition = 0;
  parenthesised(condition);
  const std::uint32_t leave = emit({.op = Op::kBranch, .value = operand(condition)}, first_token);
  std::vector<std::uint32_t> to_cut;
  count_round(rounds, to_cut);
  statement();
  end_loop(start, to_cut, {{leave}});
}

void BodyParser::do_statement() {
  const std::size_t first_token = cursor_.position();
  cursor_.expect("do");
  RegisterId rounds = kNoRegister;
  const std::uint32_t start = begin_loop(rounds);
  std::vector<std::uint32_t> to_cut;
  count_round(rounds, to_cut);
  statement();
  cursor_.expect("while");
  Root condition = 0;
  parenthesised(condition);
  cursor_.expect(";");
  const std::uint32_t leave = emit({.op = Op::kBranch, .value = operand(condition)}, first_token);
  end_loop(start, to_cut, {{leave}});
}

// The step of the head is read before the body that it follows: its instructions are moved.
void BodyParser::for_statement() {
  const std::size_t first_token = cursor_.position();
  cursor_.expect("for");
  cursor_.expect("(");
  if (is_type_word(cursor_.peek().text)) {
    declaration();
  } else {
    if (!cursor_.at(";")) simple_statement();
    cursor_.expect(";");
  }
  RegisterId rounds = kNoRegister;
  const std::uint32_t start = begin_loop(rounds);
  const Root condition = cursor_.at(";") ? number(1) : expression();
  cursor_.expect(";");
  const std::uint32_t leave = emit({.op = Op::kBranch, .value = operand(condition)}, first_token);
  std::vector<std::uint32_t> to_cut;
  count_round(rounds, to_cut);
  const std::uint32_t step_start = here();
  if (!cursor_.at(")")) simple_statement();
  cursor_.expect(")");
  std::vector<Instruction> step(process_.code.begin() + step_start, process_.code.end());
  process_.code.resize(step_start);
  statement();
  if (process_.code.size() + step.size() > kMaxInstructions) {
    cursor_.fail("at most 1000 steps in a process");
  }
  shift_targets(step.begin(), step.end(), here() - step_start);
  process_.code.insert(process_.code.end(), step.begin(), step.end());
  end_loop(start, to_cut, {{leave}});
}

}  // namespace revenant::litmus
