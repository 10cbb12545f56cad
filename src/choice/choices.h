// The one door for nondeterminism: whatever the code under test leaves open is asked here.
//
// A run is a pure function of the code and of the answers. Fuzz bytes, a recorded list, a random
// stream, a schedule and an exhaustive enumerator are each one implementation.
//
// Invariants  Questions come in an order that depends on earlier answers only.
//             A question is asked only when it has more than one answer.
// Memory      Answering neither allocates nor yields: questions arise inside CPUs, while TSan
// looks.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/check.h"

namespace revenant {

// A logical thread of a schedule, as in "CPU 0" of the seed mail.
enum class CpuId : std::uint8_t {};

constexpr std::uint32_t index_of(CpuId cpu) { return static_cast<std::uint32_t>(cpu); }

// A set of CPUs, bit n for CPU n.
using CpuMask = std::uint32_t;

constexpr CpuMask mask_of(CpuId cpu) { return CpuMask{1} << index_of(cpu); }

inline constexpr std::uint32_t kMaxCpuIds = 8;

namespace detail {
// Of each mask: its members upwards, four bits each, and above them how many there are. Looked up,
// because which member a CPU is to be is drawn, so that no branch that depends on it is foretold.
inline constexpr unsigned kCountShift = 4 * kMaxCpuIds;
inline constexpr auto kMembers = [] {
  std::array<std::uint64_t, 1U << kMaxCpuIds> table{};
  for (std::uint64_t mask = 0; mask < table.size(); ++mask) {
    std::uint64_t count = 0;
    for (std::uint64_t cpu = 0; cpu < kMaxCpuIds; ++cpu) {
      if ((mask >> cpu & 1) != 0) table[mask] |= cpu << (4 * count++);
    }
    table[mask] |= count << kCountShift;
  }
  return table;
}();
}  // namespace detail

// Masks of CPUs below kMaxCpuIds only.
constexpr std::uint32_t count_of(CpuMask mask) {
  return static_cast<std::uint32_t>(detail::kMembers[mask] >> detail::kCountShift);
}
// Upwards from place 0. Requires place < count_of(mask).
constexpr CpuId member_of(CpuMask mask, std::uint32_t place) {
  return CpuId{static_cast<std::uint8_t>(detail::kMembers[mask] >> (4 * place) & 0xf)};
}

// Where a question arises: in which op of which CPU, and at which of its scheduling points. Adding
// or removing an op elsewhere does not change it.
struct Anchor {
  CpuId cpu{};
  std::uint16_t op = 0;
  std::uint16_t point = 0;

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

// The op of CPU 0 that takes down what a subject has set up, after the ops of a schedule: beyond
// every op that one can name, and every callback that one run has steps for.
inline constexpr std::uint16_t kTearDownOp = 0xfffe;

// Which CPU runs next?
struct RunQuestion {
  Anchor at;             // at.cpu ran last; where it is not runnable it has just blocked or ended.
  CpuMask runnable = 0;  // Two members or more.
  bool in_section = false;      // The CPU that ran last is inside an RCU read-side section.
  std::uint8_t locks_held = 0;  // By that CPU.
};

class Choices {
 public:
  virtual ~Choices() = default;

  // A member of question.runnable.
  virtual CpuId next_cpu(const RunQuestion& question) = 0;

  // A number in [0, count). Requires count >= 2. 0 is what an unhurried kernel would do.
  virtual std::uint32_t pick(const Anchor& at, std::uint32_t count) = 0;
};

// The fair answer that needs no input: stay if possible, else the next runnable CPU in cyclic
// order. Requires a non-empty mask.
inline CpuId default_cpu(CpuId current, CpuMask runnable) {
  REVENANT_CHECK(runnable != 0);
  // Seen from `current` upwards, wrapping round.
  const int distance = std::countr_zero(std::rotr(runnable, static_cast<int>(index_of(current))));
  return CpuId{
      static_cast<std::uint8_t>((index_of(current) + static_cast<unsigned>(distance)) % 32)};
}

// The member `steps` places after the default in cyclic order; 0 is the default. Requires
// steps < count_of(runnable).
CpuId cyclic_cpu(CpuId current, CpuMask runnable, std::uint32_t steps);

}  // namespace revenant
