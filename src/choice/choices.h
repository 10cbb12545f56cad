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

// Where a question arises: in which op of which CPU, and at which of its scheduling points. Adding
// or removing an op elsewhere does not change it.
struct Anchor {
  CpuId cpu{};
  std::uint16_t op = 0;
  std::uint16_t point = 0;

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

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

// The member `steps` places after the default in cyclic order; 0 is the default.
CpuId cyclic_cpu(CpuId current, CpuMask runnable, std::uint32_t steps);

}  // namespace revenant
