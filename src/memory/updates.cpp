#include "memory/access.h"

namespace revenant::memory::updates {

std::optional<Value> exchange(Value /*old*/, Value fresh, Value /*unused*/) { return fresh; }

std::optional<Value> compare_exchange(Value old, Value expected, Value fresh) {
  return old == expected ? std::optional(fresh) : std::nullopt;
}

std::optional<Value> add(Value old, Value addend, Value /*unused*/) { return old + addend; }

std::optional<Value> add_unless(Value old, Value addend, Value unless) {
  return old != unless ? std::optional(old + addend) : std::nullopt;
}

std::optional<Value> bit_and(Value old, Value mask, Value /*unused*/) { return old & mask; }
std::optional<Value> bit_or(Value old, Value mask, Value /*unused*/) { return old | mask; }
std::optional<Value> bit_xor(Value old, Value mask, Value /*unused*/) { return old ^ mask; }

}  // namespace revenant::memory::updates
