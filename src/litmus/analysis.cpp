#include "litmus/analysis.h"

#include <algorithm>

namespace revenant::litmus {
namespace {

using Op = Instruction::Op;

constexpr memory::LocationMask bit_of(std::uint32_t word) {
  return memory::LocationMask{1} << word;
}

constexpr bool is_update(Op op) { return op == Op::kUpdate; }

memory::Relevance::OfCpu use_of(const Instruction& instruction, const Footprint& footprint) {
  const Op op = instruction.op;
  const bool releases = instruction.order == memory::Order::kRelease;
  return {.locations = footprint.reads | footprint.writes,
          .stores = footprint.writes != 0,
          .tells_all = footprint.fences || footprint.leaves != 0 || op == Op::kUnlock || releases,
          .has_read_barrier = op == Op::kReadBarrier,
          .has_write_barrier = op == Op::kWriteBarrier,
          .locks = op == Op::kLock || op == Op::kTrylock,
          .unlocks = op == Op::kUnlock,
          .runs = true};
}

void join(memory::Relevance::OfCpu& into, const memory::Relevance::OfCpu& other) {
  into.locations |= other.locations;
  into.stores |= other.stores;
  into.tells_all |= other.tells_all;
  into.has_read_barrier |= other.has_read_barrier;
  into.has_write_barrier |= other.has_write_barrier;
  into.locks |= other.locks;
  into.unlocks |= other.unlocks;
  into.runs |= other.runs;
}

}  // namespace

void Footprint::join(const Footprint& other) {
  reads |= other.reads;
  writes |= other.writes;
  fences |= other.fences;
  enters |= other.enters;
  leaves |= other.leaves;
  begins |= other.begins;
  ends |= other.ends;
}

bool conflict(const Footprint& a, const Footprint& b) {
  const auto one_way = [](const Footprint& one, const Footprint& other) {
    return (one.writes & (other.reads | other.writes)) != 0 ||
           // Whom a grace period waits for, and what it knows at its end.
           (one.begins & (other.enters | other.leaves)) != 0 || (one.ends & other.leaves) != 0;
  };
  return one_way(a, b) || one_way(b, a) || (a.fences && b.fences);
}

Analysis::Analysis(const LitmusTest& test, const std::vector<RegisterMask>& kept)
    : histories_(test.words.size(), 1) {
  find_addresses_used_as_values(test);
  for (std::size_t i = 0; i < test.processes.size(); ++i) {
    const Process& process = test.processes[i];
    std::vector<Footprint>& steps = steps_.emplace_back();
    for (const Instruction& instruction : process.code) {
      steps.push_back(footprint_of(instruction));
      count(instruction, steps.back());
    }
    look_ahead(process, i, kept[i]);
  }
  for (std::uint32_t& history : histories_) {
    history = std::clamp<std::uint32_t>(history, 2, memory::kMaxHistory);
  }
}

void Analysis::find_addresses_used_as_values(const LitmusTest& test) {
  const auto take = [&](Number value) {
    if (is_address(value)) taken_ |= bit_of(word_at(value));
  };
  for (const SharedWord& word : test.words) take(word.initial);
  for (const Process& process : test.processes) {
    for (const Number value : process.initial_registers) take(value);
    for (const Instruction& instruction : process.code) {
      taken_ |= instruction.value.words | instruction.second.words;
    }
  }
}

// Those that an address may be of: arithmetic keeps an address or loses it.
memory::LocationMask Analysis::words_of(const Operand& address) const {
  return address.registers == 0 ? address.words : taken_ | address.words;
}

Footprint Analysis::footprint_of(const Instruction& instruction) const {
  Footprint footprint;
  const auto domain =
      static_cast<std::uint8_t>(1U << static_cast<std::uint32_t>(instruction.domain));
  const auto words = [&] { return words_of(instruction.address); };
  switch (instruction.op) {
    case Op::kLoad:
      footprint.reads = words();
      break;
    case Op::kStore:
      footprint.writes = words();
      break;
    case Op::kUpdate:
      footprint.fences = instruction.order == memory::Order::kFull;
      [[fallthrough]];
    case Op::kLock:
    case Op::kTrylock:
    case Op::kUnlock:
      footprint.reads = footprint.writes = words();
      break;
    case Op::kFence:
      footprint.fences = true;
      break;
    case Op::kReadLock:
      footprint.enters = domain;
      break;
    case Op::kReadUnlock:
      footprint.leaves = domain;
      break;
    case Op::kBeginGracePeriod:
      footprint.fences = true;
      footprint.begins = domain;
      break;
    case Op::kEndGracePeriod:
      footprint.fences = true;
      footprint.ends = domain;
      break;
    default:
      break;
  }
  return footprint;
}

void Analysis::count(const Instruction& instruction, const Footprint& footprint) {
  const std::uint32_t times = instruction.in_loop ? kMaxRounds : 1;
  for (std::size_t word = 0; word < histories_.size(); ++word) {
    if ((footprint.writes >> word & 1U) != 0) histories_[word] += times;
  }
  if (footprint.fences) fence_count_ += times * (is_update(instruction.op) ? 2 : 1);
  has_plain_ |= instruction.is_plain;
  const Op op = instruction.op;
  if (op == Op::kLock || op == Op::kTrylock || op == Op::kUnlock) locks_ |= footprint.writes;
}

// Backwards until nothing changes: loops go back.
void Analysis::look_ahead(const Process& process, std::size_t index, RegisterMask kept) {
  std::vector<Ahead>& ahead = ahead_.emplace_back(process.code.size() + 1);
  ahead.back().kept = kept;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t step = process.code.size(); step-- > 0;) {
      const Instruction& instruction = process.code[step];
      const bool goes_on = instruction.op != Op::kJump;
      Ahead now = goes_on ? ahead[step + 1] : ahead[instruction.target];
      if (instruction.op == Op::kBranch) {
        const Ahead& other = ahead[instruction.target];
        now.footprint.join(other.footprint);
        join(now.use, other.use);
        now.used |= other.used;
        now.kept |= other.kept;
      }
      now.footprint.join(steps_[index][step]);
      join(now.use, use_of(instruction, steps_[index][step]));
      if (instruction.result != kNoRegister) {
        now.used &= ~(RegisterMask{1} << instruction.result);
        now.kept &= ~(RegisterMask{1} << instruction.result);
      }
      now.used |= instruction.address.registers | instruction.value.registers |
                  instruction.second.registers;
      if (now == ahead[step]) continue;
      ahead[step] = now;
      changed = true;
    }
  }
}

}  // namespace revenant::litmus
