// Turns the body of a process into instructions, as it reads it.
//
// Calls and plain accesses inside an expression become instructions of their own, left to right;
// those on the right of && and ||, and between ? and :, behind a branch. Of types only the words
// are known, not the meaning.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "litmus/cursor.h"
#include "litmus/program.h"

namespace revenant::litmus {

// The number of the shared word of that name, which is new if need be.
std::uint32_t word_named(LitmusTest& test, std::string_view name, const Cursor& cursor);

class BodyParser {
 public:
  // Registers that the initial state names are there already. `srcu_words` are the addresses of the
  // srcu_structs of the test, by domain, and grow.
  BodyParser(Cursor& cursor, LitmusTest& test, Process& process,
             std::span<const std::string> parameters, std::vector<Number>& srcu_words);

  // From '{' to '}'.
  void run();

 private:
  using Root = std::uint32_t;  // Of an expression.
  using Op = Instruction::Op;

  // Statements.
  void block();
  void statement();
  void declaration();
  void simple_statement();
  void assignment(std::string_view name);
  void plain_store();
  void if_statement();
  void while_statement();
  void do_statement();
  void for_statement();
  void for_step();
  void parenthesised(Root& condition);

  // Expressions.
  Root expression();
  Root conditional();
  Root binary(std::size_t level);
  Root unary();
  Root primary();
  Root name_or_call();
  Root address();
  Root target();
  Root plain_load(std::size_t first_token);
  Root only_if(Operator op, Root left, std::uint32_t start, Root right, std::size_t first_token);
  Root one_of(Root condition, std::uint32_t start, Root then, std::uint32_t middle, Root otherwise,
              std::size_t first_token);

  // Calls.
  Root call(std::string_view name, std::size_t first_token);
  Root call_atomic(std::string_view name, std::size_t first_token);
  std::vector<Root> arguments(std::string_view signature);
  void set_domain(Instruction& instruction, Root lock_word);
  Root value_of_update(std::size_t result_kind, Root old, const std::vector<Root>& operands);

  // Nodes, registers, instructions.
  Root add(Expression expression);
  Root number(Number value) { return add({.number = value}); }
  Root of_register(RegisterId reg) {
    return add({.kind = Expression::Kind::kRegister, .reg = reg});
  }
  Root combined(Operator op, Root left, Root right);
  RegisterId register_named(std::string_view name);
  RegisterId new_register(std::string name);
  bool is_parameter(std::string_view name) const;
  bool is_local(std::string_view name) const;
  bool is_shared(std::string_view name) const;
  Operand operand(Root root) const;
  std::uint32_t emit(Instruction instruction, std::size_t first_token);
  // Before the step `at`, to which nothing behind it goes.
  void insert(std::uint32_t at, Instruction instruction, std::size_t first_token);
  Root emit_with_result(Instruction instruction, std::size_t first_token);
  void assign(RegisterId to, Root value, std::size_t first_token);
  std::uint32_t here() const { return static_cast<std::uint32_t>(process_.code.size()); }
  std::uint32_t begin_loop(RegisterId& rounds);
  void count_round(RegisterId rounds, std::vector<std::uint32_t>& to_cut);
  void end_loop(std::uint32_t start, std::span<const std::uint32_t> to_cut,
                std::span<const std::uint32_t> to_end);

  Cursor& cursor_;
  LitmusTest& test_;
  Process& process_;
  std::span<const std::string> parameters_;
  std::vector<Number>& srcu_words_;
  std::uint32_t depth_ = 0;
  std::size_t statement_nodes_ = 0;  // Where those of the present statement begin.
};

}  // namespace revenant::litmus
