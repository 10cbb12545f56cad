#include "litmus/state.h"

#include <algorithm>
#include <bit>

#include "base/decimal.h"
#include "litmus/arithmetic.h"

namespace revenant::litmus {
namespace {

using Op = Instruction::Op;
using memory::DependencyId;

CpuId cpu_of(std::size_t process) { return CpuId{static_cast<std::uint8_t>(process)}; }
memory::LocationId location_of(std::uint32_t word) { return static_cast<memory::LocationId>(word); }

// Steps that no other process can notice.
constexpr bool is_alone(Op op) {
  return op == Op::kAssign || op == Op::kBranch || op == Op::kJump || op == Op::kReadBarrier ||
         op == Op::kWriteBarrier;
}

}  // namespace

memory::Sizes sizes_of(const LitmusTest& test, const Analysis& analysis) {
  memory::Sizes sizes{.cpus = static_cast<std::uint32_t>(test.processes.size()),
                      .locations = static_cast<std::uint32_t>(test.words.size()),
                      .messages = 0,
                      // And two for what an expression of several registers depends on.
                      .dependencies = test.register_count + 2,
                      .epochs = std::min<std::uint32_t>(analysis.fence_count() + 2, 64),
                      .domains = test.domain_count,
                      .tracks_self = true};
  for (std::size_t i = 0; i < test.words.size(); ++i) sizes.messages += analysis.history(i);
  return sizes;
}

Interpreter::Interpreter(const LitmusTest& test, const Analysis& analysis,
                         const memory::Sizes& sizes, memory::Rules rules)
    : test_(test), analysis_(analysis), sizes_(sizes), rules_(rules) {}

State Interpreter::start() const {
  State state(sizes_, rules_);
  for (std::size_t i = 0; i < test_.words.size(); ++i) {
    state.machine.add_location(static_cast<memory::Value>(test_.words[i].initial),
                               analysis_.history(i));
  }
  for (const Process& process : test_.processes) {
    state.registers.insert(state.registers.end(), process.initial_registers.begin(),
                           process.initial_registers.end());
  }
  for (std::size_t i = 0; i < test_.processes.size(); ++i) run_alone(state, i);
  return state;
}

bool Interpreter::is_cut(const State& state, std::size_t process) const {
  return !is_done(state, process) && next(state, process).op == Op::kCut;
}

// --- Expressions. ---

Number Interpreter::evaluate(const State& state, std::size_t process, const Operand& operand,
                             const Instruction& instruction) const {
  if (!operand.root) return 0;
  return evaluate(state, test_.processes[process], *operand.root, instruction);
}

Number Interpreter::evaluate(const State& state, const Process& process, std::uint32_t root,
                             const Instruction& instruction) const {
  const Expression& node = process.expressions[root];
  const auto part = [&](std::size_t i) {
    return evaluate(state, process, node.parts[i], instruction);
  };
  std::optional<Number> value;
  switch (node.kind) {
    case Expression::Kind::kNumber:
      return node.number;
    case Expression::Kind::kRegister:
      return state.registers[process.first_register + node.reg];
    case Expression::Kind::kConditional:
      return part(0) != 0 ? part(1) : part(2);
    case Expression::Kind::kUnary:
      value = apply(node.op, part(0));
      break;
    case Expression::Kind::kBinary:
      value = apply(node.op, part(0), part(1));
      break;
  }
  if (!value) {
    throw Fault{instruction.place,
                "an expression with a value that a test can have (no arithmetic on addresses, no "
                "division by zero, numbers up to 2^62)"};
  }
  return *value;
}

DependencyId Interpreter::dependency_of(State& state, std::size_t process,
                                        std::initializer_list<const Operand*> operands,
                                        std::uint32_t scratch) const {
  const auto of = [&](RegisterId reg) {
    return static_cast<DependencyId>(test_.processes[process].first_register + reg);
  };
  const auto scratch_id = static_cast<DependencyId>(test_.register_count + scratch);
  DependencyId found = memory::kNoDependency;
  for (const Operand* const operand : operands) {
    for (RegisterMask left = operand->registers; left != 0; left &= left - 1) {
      const auto reg = static_cast<RegisterId>(std::countr_zero(left));
      if (found == memory::kNoDependency) {
        found = of(reg);
        continue;
      }
      if (found != scratch_id) {
        state.machine.clear_dependency(scratch_id);
        state.machine.add_dependency(scratch_id, found);
        found = scratch_id;
      }
      state.machine.add_dependency(scratch_id, of(reg));
    }
  }
  return found;
}

void Interpreter::set(State& state, std::size_t process, RegisterId reg, Number value) const {
  if (reg != kNoRegister) state.registers[test_.processes[process].first_register + reg] = value;
}

// --- Steps. ---

memory::Access Interpreter::access_of(State& state, std::size_t process,
                                      const Instruction& instruction) const {
  const Number address = evaluate(state, process, instruction.address, instruction);
  if (!is_address(address)) {
    throw Fault{instruction.place, "the address of a shared word, not " + decimal(address)};
  }
  memory::Access access{.at = location_of(word_at(address)),
                        .order = instruction.order,
                        .is_plain = instruction.is_plain};
  access.address = dependency_of(state, process, {&instruction.address}, 0);
  access.operands = dependency_of(state, process, {&instruction.value, &instruction.second}, 1);
  if (instruction.result != kNoRegister) {
    access.result =
        static_cast<DependencyId>(test_.processes[process].first_register + instruction.result);
  }
  return access;
}

memory::Update Interpreter::update_of(const State& state, std::size_t process,
                                      const Instruction& instruction) const {
  return {
      .function = instruction.update,
      .first = static_cast<memory::Value>(evaluate(state, process, instruction.value, instruction)),
      .second =
          static_cast<memory::Value>(evaluate(state, process, instruction.second, instruction))};
}

// Functions of the machine know nothing of addresses.
void Interpreter::check_arithmetic(const State& state, const memory::Access& access,
                                   const Instruction& instruction,
                                   const memory::Update& update) const {
  if (instruction.update == &memory::updates::exchange ||
      instruction.update == &memory::updates::compare_exchange) {
    return;
  }
  const auto is_number = [](memory::Value value) {
    const auto number = static_cast<Number>(value);
    return number <= kMaxNumber / 2 && number >= -(kMaxNumber / 2);
  };
  bool are_numbers = is_number(update.first);
  for (std::uint32_t i = 0; i < state.machine.message_count(access.at); ++i) {
    are_numbers = are_numbers && is_number(state.machine.message(access.at, i).value);
  }
  if (!are_numbers) {
    throw Fault{instruction.place, "numbers up to 2^61 where an atomic operation calculates"};
  }
}

memory::Candidates Interpreter::candidates(State& state, std::size_t process) const {
  const Instruction& instruction = next(state, process);
  const CpuId cpu = cpu_of(process);
  memory::Candidates one;
  one.add(0, false);
  switch (instruction.op) {
    case Op::kLoad:
      return state.machine.load_candidates(cpu, access_of(state, process, instruction));
    case Op::kStore:
      return state.machine.store_candidates(cpu, access_of(state, process, instruction));
    case Op::kLock:
      return state.machine.lock_candidates(cpu, access_of(state, process, instruction));
    case Op::kTrylock:
      return state.machine.trylock_candidates(cpu, access_of(state, process, instruction));
    case Op::kUpdate: {
      const memory::Access access = access_of(state, process, instruction);
      const memory::Update update = update_of(state, process, instruction);
      check_arithmetic(state, access, instruction, update);
      return state.machine.update_candidates(cpu, access, update);
    }
    case Op::kEndGracePeriod:
      return state.machine.is_over(cpu) ? one : memory::Candidates{};
    case Op::kCut:
      return {};
    default:
      return one;
  }
}

void Interpreter::step(State& state, std::size_t process, memory::Candidate choice) const {
  take(state, process, next(state, process), choice);
  ++state.steps[process];
  run_alone(state, process);
  state.machine.renumber();
}

void Interpreter::take(State& state, std::size_t process, const Instruction& instruction,
                       memory::Candidate choice) const {
  const CpuId cpu = cpu_of(process);
  switch (instruction.op) {
    case Op::kFence:
      return state.machine.fence(cpu);
    case Op::kReadLock:
      return state.machine.read_lock(cpu, instruction.domain);
    case Op::kReadUnlock:
      if (!state.machine.in_section(cpu, instruction.domain)) {
        throw Fault{instruction.place, "a read-side section that this ends"};
      }
      return state.machine.read_unlock(cpu, instruction.domain);
    case Op::kBeginGracePeriod:
      return state.machine.begin_grace_period(cpu, instruction.domain);
    case Op::kEndGracePeriod:
      return state.machine.end_grace_period(cpu, instruction.domain);
    default:
      return access(state, process, instruction, choice);
  }
}

void Interpreter::access(State& state, std::size_t process, const Instruction& instruction,
                         memory::Candidate choice) const {
  const CpuId cpu = cpu_of(process);
  const memory::Access access = access_of(state, process, instruction);
  Number result = 0;
  switch (instruction.op) {
    case Op::kLoad:
      result = static_cast<Number>(state.machine.load(cpu, access, choice));
      break;
    case Op::kStore:
      state.machine.store(
          cpu, access,
          static_cast<memory::Value>(evaluate(state, process, instruction.value, instruction)),
          choice);
      return;
    case Op::kUpdate:
      result = static_cast<Number>(
          state.machine.update(cpu, access, update_of(state, process, instruction), choice));
      break;
    case Op::kLock:
      return state.machine.lock(cpu, access, instruction.lock);
    case Op::kTrylock:
      result = state.machine.trylock(cpu, access, choice, instruction.lock) ? 1 : 0;
      break;
    case Op::kUnlock:
      return state.machine.unlock(cpu, access, instruction.lock);
    default:
      return;
  }
  set(state, process, instruction.result, result);
}

void Interpreter::assign(State& state, std::size_t process, const Instruction& instruction) const {
  const Number value = evaluate(state, process, instruction.value, instruction);
  const DependencyId from = dependency_of(state, process, {&instruction.value}, 0);
  const auto to =
      static_cast<DependencyId>(test_.processes[process].first_register + instruction.result);
  if (from != to) {
    state.machine.clear_dependency(to);
    if (from != memory::kNoDependency) state.machine.add_dependency(to, from);
  }
  set(state, process, instruction.result, value);
}

// Loops in loops multiply their rounds.
void Interpreter::count_round(State& state, std::size_t process,
                              const Instruction& instruction) const {
  if (++state.rounds[process] > kMaxRoundsOfAll) {
    throw Fault{instruction.place, "loops with fewer rounds in all (at most 1000)"};
  }
}

void Interpreter::run_alone(State& state, std::size_t process) const {
  const CpuId cpu = cpu_of(process);
  while (!is_done(state, process) && is_alone(next(state, process).op)) {
    const Instruction& instruction = next(state, process);
    std::uint32_t target = state.steps[process] + 1U;
    switch (instruction.op) {
      case Op::kReadBarrier:
        state.machine.read_barrier(cpu);
        break;
      case Op::kWriteBarrier:
        state.machine.write_barrier(cpu);
        break;
      case Op::kAssign:
        assign(state, process, instruction);
        break;
      case Op::kJump:
        target = instruction.target;
        if (target <= state.steps[process]) count_round(state, process, instruction);
        break;
      default:
        if (evaluate(state, process, instruction.value, instruction) == 0) {
          target = instruction.target;
        }
        break;
    }
    state.steps[process] = static_cast<std::uint16_t>(target);
  }
}

// --- What is there. ---

Number Interpreter::value_of(const State& state, const Observed& observed) const {
  switch (observed.kind) {
    case Observed::Kind::kNumber:
      return observed.number;
    case Observed::Kind::kRegister:
      return state.registers[test_.processes[observed.process].first_register + observed.index];
    case Observed::Kind::kWord:
      break;
  }
  return static_cast<Number>(state.machine.newest(location_of(observed.index)).value);
}

std::optional<std::uint32_t> Interpreter::word_of(State& state, std::size_t process) const {
  const Instruction& instruction = next(state, process);
  const bool is_rcu = instruction.op == Op::kReadLock || instruction.op == Op::kReadUnlock ||
                      instruction.op == Op::kBeginGracePeriod;
  if (!instruction.address.root || is_rcu) return std::nullopt;
  return static_cast<std::uint32_t>(access_of(state, process, instruction).at);
}

memory::Fingerprint Interpreter::fingerprint(State& state, std::uint64_t extra) const {
  memory::Hash hash;
  hash.add(extra);
  memory::Relevance relevance;
  for (std::size_t i = 0; i < test_.processes.size(); ++i) {
    const Ahead& ahead = analysis_.ahead(i, state.steps[i]);
    relevance.cpus[i] = ahead.use;
    relevance.read |= ahead.footprint.reads;
    relevance.written |= ahead.footprint.writes;
    relevance.has_fences |= ahead.footprint.fences;
    relevance.domains |= ahead.footprint.enters | ahead.footprint.ends;
    hash.add(state.steps[i]);
  }
  for (std::size_t i = 0; i < test_.processes.size(); ++i) {
    const Ahead& ahead = analysis_.ahead(i, state.steps[i]);
    const memory::LocationMask usable =
        ahead.use.locations |
        (ahead.use.tells_all || ahead.use.stores ? relevance.read | relevance.written : 0);
    const std::uint32_t first = test_.processes[i].first_register;
    for (RegisterMask live = ahead.used | ahead.kept; live != 0; live &= live - 1) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(live));
      const std::uint32_t reg = first + bit;
      hash.add(static_cast<std::uint64_t>(state.registers[reg]));
      if ((ahead.used >> bit & 1U) == 0) continue;
      memory::Fingerprinter::add_dependency(hash, state.machine, static_cast<DependencyId>(reg),
                                            usable);
    }
  }
  memory::Fingerprinter::add(hash, state.machine, relevance);
  return hash.value();
}

}  // namespace revenant::litmus
