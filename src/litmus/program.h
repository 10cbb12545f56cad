// A litmus test, ready to run: what each process does, step by step, and what is asked about the
// end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "litmus/lexer.h"
#include "memory/fingerprint.h"
#include "memory/view_machine.h"

namespace revenant::litmus {

inline constexpr std::uint32_t kMaxProcesses = memory::kMaxCpus;
inline constexpr std::uint32_t kMaxSharedWords = memory::kMaxMaskedLocations;
inline constexpr std::uint32_t kMaxRegisters = 64;  // Of one process, intermediate results too.
inline constexpr std::uint32_t kMaxInstructions = 1000;
inline constexpr std::uint32_t kMaxExpressionNodes = 200;
inline constexpr std::uint32_t kMaxNesting = 60;
// Rounds of a loop that are tried; executions that need more are left out, and that is said.
inline constexpr std::uint32_t kMaxRounds = 8;
inline constexpr std::uint32_t kMaxRoundsOfAll = 1000;  // Of all loops of a process.

// A number, or the address of a shared word.
using Number = std::int64_t;
inline constexpr Number kMaxNumber = Number{1} << 62;
inline constexpr Number kFirstAddress = INT64_MIN;
static_assert(kFirstAddress + Number{kMaxSharedWords} < -kMaxNumber);

constexpr bool is_address(Number value) { return value < kFirstAddress + Number{kMaxSharedWords}; }
constexpr Number address_of(std::uint32_t word) { return kFirstAddress + Number{word}; }
constexpr std::uint32_t word_at(Number address) {
  return static_cast<std::uint32_t>(address - kFirstAddress);
}

// Of its process, counted from 0.
using RegisterId = std::uint8_t;
inline constexpr RegisterId kNoRegister = 0xff;
using RegisterMask = std::uint64_t;

enum class Operator : std::uint8_t {
  kOr,
  kAnd,
  kBitOr,
  kBitXor,
  kBitAnd,
  kEqual,
  kNotEqual,
  kLess,
  kGreater,
  kLessEqual,
  kGreaterEqual,
  kShiftLeft,
  kShiftRight,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kNegate,
  kNot,
  kComplement,
};

struct Expression {
  enum class Kind : std::uint8_t { kNumber, kRegister, kUnary, kBinary, kConditional };

  Kind kind = Kind::kNumber;
  Operator op{};
  RegisterId reg = kNoRegister;
  Number number = 0;
  std::array<std::uint32_t, 3> parts{};  // Indices into Process::expressions, before this one.
  RegisterMask registers = 0;            // In it,
  memory::LocationMask words = 0;        // and whose addresses.
};

// An expression that an instruction uses.
struct Operand {
  std::optional<std::uint32_t> root;  // Into Process::expressions.
  RegisterMask registers = 0;         // In it,
  memory::LocationMask words = 0;     // and whose addresses.
};

struct Instruction {
  enum class Op : std::uint8_t {
    kAssign,  // result = value
    kBranch,  // Goes to `target` where value is 0.
    kJump,
    kLoad,
    kStore,
    kUpdate,
    kFence,
    kReadBarrier,
    kWriteBarrier,
    kLock,
    kTrylock,
    kUnlock,
    kReadLock,
    kReadUnlock,
    kBeginGracePeriod,
    kEndGracePeriod,
    kCut,  // More rounds of a loop than are tried.
  };

  // What a barrier has to stand beside, to be one: smp_mb__before_atomic and its like.
  enum class Beside : std::uint8_t { kNothing, kAtomicBehind, kAtomicBefore, kLockBefore };

  Op op{};
  Beside beside{};
  memory::Order order = memory::Order::kRelaxed;
  memory::LockKind lock = memory::LockKind::kSpin;
  memory::DomainId domain{};
  bool is_plain = false;
  bool in_loop = false;
  RegisterId result = kNoRegister;
  memory::Update::Function update = nullptr;
  std::uint32_t target = 0;
  std::uint32_t join = 0;  // Of a branch: where it no longer matters which way it went.
  Operand address{};
  Operand value{};   // Stored, assigned, decided by, or the first of an update.
  Operand second{};  // Of an update.
  Place place{};
  std::uint32_t text_begin = 0;  // Into LitmusTest::source.
  std::uint32_t text_end = 0;
};

struct Process {
  std::uint32_t number = 0;  // As in P0.
  std::vector<Instruction> code;
  std::vector<Expression> expressions;
  std::vector<std::string> register_names;  // Empty for intermediate results.
  std::vector<Number> initial_registers;
  std::uint32_t first_register = 0;  // Of the test's.
};

struct SharedWord {
  std::string name;
  Number initial = 0;
};

// What a state is looked at by.
struct Observed {
  enum class Kind : std::uint8_t { kNumber, kRegister, kWord };

  Kind kind = Kind::kNumber;
  std::uint32_t process = 0;  // An index.
  std::uint32_t index = 0;    // Of a register of it, or of a word.
  Number number = 0;

  friend bool operator==(const Observed&, const Observed&) = default;
};

struct Proposition {
  enum class Kind : std::uint8_t { kTrue, kEqual, kNotEqual, kAnd, kOr, kNot };
  struct Node {
    Kind kind = Kind::kTrue;
    Observed left{};
    Observed right{};
    std::array<std::uint32_t, 2> parts{};
  };

  std::vector<Node> nodes;  // The last one is the root.
  std::string text;         // As in the file.
};

enum class Quantifier : std::uint8_t { kExists, kNotExists, kForall };

struct LitmusTest {
  std::string source;
  std::string name;
  std::vector<SharedWord> words;
  std::vector<Process> processes;
  std::uint32_t register_count = 0;
  std::uint32_t domain_count = 1;
  Quantifier quantifier = Quantifier::kExists;
  Proposition condition;
  std::optional<Proposition> filter;
  std::vector<Observed> locations;  // Of the clause of that name.
};

}  // namespace revenant::litmus
