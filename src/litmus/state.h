// A litmus test under way, and the steps that lead on from there.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "litmus/analysis.h"
#include "litmus/program.h"

namespace revenant::litmus {

struct State {
  explicit State(const memory::Sizes& sizes, memory::Rules rules) : machine(sizes, rules) {}

  memory::ViewMachine machine;
  std::array<std::uint16_t, kMaxProcesses> steps{};  // Where each process is.
  // Of loops, by process; not part of what makes states different.
  std::array<std::uint16_t, kMaxProcesses> rounds{};
  std::vector<Number> registers;  // Of all processes.
};

// Something that a test does at run time and that has no meaning, as loading from a number. Thrown.
struct Fault {
  Place at;
  std::string text;
};

class Interpreter {
 public:
  // Both must outlive the interpreter.
  Interpreter(const LitmusTest& test, const Analysis& analysis, const memory::Sizes& sizes,
              memory::Rules rules);

  // Every process at its first step that another could notice. Throws Fault.
  State start() const;

  bool is_done(const State& state, std::size_t process) const {
    return state.steps[process] == test_.processes[process].code.size();
  }
  // Whether the process needs more rounds of a loop than are tried.
  bool is_cut(const State& state, std::size_t process) const;
  const Instruction& next(const State& state, std::size_t process) const {
    return test_.processes[process].code[state.steps[process]];
  }
  // The outcomes of the next step of a process that is not done; none while it is blocked. Throws
  // Fault.
  memory::Candidates candidates(State& state, std::size_t process) const;
  // Takes the step, and then what no other process can notice. Throws Fault.
  void step(State& state, std::size_t process, memory::Candidate choice) const;

  Number value_of(const State& state, const Observed& observed) const;
  memory::Fingerprint fingerprint(State& state, std::uint64_t extra) const;

  // Of the next step, for who shows it: where it goes, and the value that its load returns or its
  // store stores.
  std::optional<std::uint32_t> word_of(State& state, std::size_t process) const;

 private:
  memory::Access access_of(State& state, std::size_t process, const Instruction& instruction) const;
  memory::Update update_of(const State& state, std::size_t process,
                           const Instruction& instruction) const;
  void check_arithmetic(const State& state, const memory::Access& access,
                        const Instruction& instruction, const memory::Update& update) const;
  void take(State& state, std::size_t process, const Instruction& instruction,
            memory::Candidate choice) const;
  void access(State& state, std::size_t process, const Instruction& instruction,
              memory::Candidate choice) const;
  void count_round(State& state, std::size_t process, const Instruction& instruction) const;
  void run_alone(State& state, std::size_t process) const;
  void assign(State& state, std::size_t process, const Instruction& instruction) const;
  void set(State& state, std::size_t process, RegisterId reg, Number value) const;
  memory::DependencyId dependency_of(State& state, std::size_t process,
                                     std::initializer_list<const Operand*> operands,
                                     std::uint32_t scratch) const;
  Number evaluate(const State& state, std::size_t process, const Operand& operand,
                  const Instruction& instruction) const;
  Number evaluate(const State& state, const Process& process, std::uint32_t root,
                  const Instruction& instruction) const;

  const LitmusTest& test_;
  const Analysis& analysis_;
  memory::Sizes sizes_;
  memory::Rules rules_;
};

// What a machine needs for the test.
memory::Sizes sizes_of(const LitmusTest& test, const Analysis& analysis);

}  // namespace revenant::litmus
