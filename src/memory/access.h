// What a CPU asks of the view machine, and what it may get.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace revenant::memory {

using Value = std::uint64_t;

// A shared word.
enum class LocationId : std::uint16_t {};

// A view that the machine keeps for its caller: what a loaded value depends on.
enum class DependencyId : std::uint16_t {};
inline constexpr DependencyId kNoDependency{0xffff};

enum class Order : std::uint8_t {
  kRelaxed,
  kAcquire,
  kRelease,
  kFull,
  kNoReturn,  // A relaxed read-modify-write that returns no value: smp_rmb does not order its read.
};

struct Access {
  LocationId at{};
  Order order = Order::kRelaxed;
  bool is_plain = false;
  bool newest_only = false;  // Of an update: as an allocation, or a count of readers, needs it.
  std::uint16_t tag = 0;  // Of the message stored: the caller's, kept with it and never looked at.
  DependencyId address = kNoDependency;   // Of the address.
  DependencyId operands = kNoDependency;  // Of values to be stored.
  DependencyId result = kNoDependency;    // Becomes that of the value read,
  bool adds_to_result = false;            // or has it added.
};

// A new value for the old one, or none: then the update has failed, and was a mere load.
struct Update {
  using Function = std::optional<Value> (*)(Value old, Value first, Value second);

  Function function = nullptr;
  Value first = 0;
  Value second = 0;

  std::optional<Value> operator()(Value old) const { return function(old, first, second); }
};

// For Update::function.
namespace updates {
std::optional<Value> exchange(Value old, Value fresh, Value unused);
std::optional<Value> compare_exchange(Value old, Value expected, Value fresh);
std::optional<Value> add(Value old, Value addend, Value unused);
std::optional<Value> add_unless(Value old, Value addend, Value unless);
std::optional<Value> bit_and(Value old, Value mask, Value unused);
std::optional<Value> bit_or(Value old, Value mask, Value unused);
std::optional<Value> bit_xor(Value old, Value mask, Value unused);
}  // namespace updates

// How many of the newest messages of a location are kept at most.
inline constexpr std::uint32_t kMaxHistory = 32;

// One outcome: message number `index` of the location, counted from the oldest, is read, or the
// store lands directly above it, or both.
struct Candidate {
  std::uint8_t index = 0;
  bool stores = false;

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

// The outcomes of a step, newest first: number 0 is the newest message, or an append. Choosing 0 at
// every step makes a run sequentially consistent.
struct Candidates {
  std::uint32_t count = 0;
  std::array<Candidate, std::size_t{2} * kMaxHistory> at{};

  void add(std::uint32_t index, bool stores) {
    at[count++] = {.index = static_cast<std::uint8_t>(index), .stores = stores};
  }
};

}  // namespace revenant::memory
