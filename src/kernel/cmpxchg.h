// cmpxchg and xchg of any word, and the read-modify-write that they and atomic_t are made of.
//
//   cmpxchg, xchg        full barrier on both sides; a cmpxchg that failed orders nothing
//   cmpxchg<Order::kX>   as the order says
//
// After Documentation/atomic_t.txt of the Linux kernel.
// Yields   Each is one scheduling point, before its effect.
#pragma once

#include "kernel/barrier.h"

namespace revenant::kernel {

// kNoReturn is relaxed, of a form that returns no value: smp_rmb does not order its read.
enum class Order : std::uint8_t { kFull, kRelaxed, kAcquire, kRelease, kNoReturn };

namespace detail {

constexpr int memory_order(Order order) {
  switch (order) {
    case Order::kFull:
      return __ATOMIC_ACQ_REL;
    case Order::kRelaxed:
    case Order::kNoReturn:
      return __ATOMIC_RELAXED;
    case Order::kAcquire:
      return __ATOMIC_ACQUIRE;
    case Order::kRelease:
      return __ATOMIC_RELEASE;
  }
  return __ATOMIC_ACQ_REL;
}

constexpr memory::Order machine_order(Order order) {
  switch (order) {
    case Order::kFull:
      return memory::Order::kFull;
    case Order::kRelaxed:
      return memory::Order::kRelaxed;
    case Order::kAcquire:
      return memory::Order::kAcquire;
    case Order::kRelease:
      return memory::Order::kRelease;
    case Order::kNoReturn:
      return memory::Order::kNoReturn;
  }
  return memory::Order::kFull;
}

// A memory::Update::Function of a `Next`, whose address is its first operand.
template <class T, class Next>
std::optional<memory::Value> update_by(memory::Value old, memory::Value next,
                                       memory::Value /*unused*/) {
  T value{};
  if (!(*reinterpret_cast<Next*>(next))(from_bits<T>(old), &value)) return std::nullopt;
  return bits_of(value);
}

// The effect of alter() with weak memory.
template <Order kOrder, class T, class Next>
inline bool alter_weakly(WeakMemory& weak, T* word, Next& next, T* old_value) {
  const auto altered = weak.alter(
      word, bits_of(__atomic_load_n(word, __ATOMIC_RELAXED)),
      {.function = &update_by<T, Next>, .first = reinterpret_cast<std::uintptr_t>(&next)},
      machine_order(kOrder), std::is_pointer_v<T>);
  *old_value = from_bits<T>(altered.old_value);
  if (!altered.stored) return false;
  __atomic_store_n(word, from_bits<T>(altered.now), __ATOMIC_RELAXED);
  return true;
}

// What the name of a form with this order ends with.
constexpr sim::Suffix suffix_of(Order order) {
  switch (order) {
    case Order::kFull:
    case Order::kNoReturn:
      return sim::Suffix::kNone;
    case Order::kRelaxed:
      return sim::Suffix::kRelaxed;
    case Order::kAcquire:
      return sim::Suffix::kAcquire;
    case Order::kRelease:
      return sim::Suffix::kRelease;
  }
  return sim::Suffix::kNone;
}

// One read-modify-write: `next(old, &value)` says whether to store, and what. Returns what it said.
template <Order kOrder, class T, class Next>
[[gnu::always_inline]] inline bool alter(sim::Spelling what, T* word, Next next, T* old_value,
                                         Site site) {
  begin_access(Access::kAtomic, word, sizeof *word, site);
  if (WeakMemory* const weak = weak_memory()) [[unlikely]] {
    const bool stored = alter_weakly<kOrder>(*weak, word, next, old_value);
    if (!stored) did_fail(what, word, bits_of(*old_value), site);
    return stored;
  }
  // To TSan a load of a pointer is an acquire (compiler.h), so that of an update that fails is one.
  constexpr int kLoad = std::is_pointer_v<T> ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
  T old = __atomic_load_n(word, kLoad);
  T value = old;
  if (!next(old, &value)) {
    did_fail(what, word, bits_of(old), site);
    *old_value = old;
    return false;
  }
  if constexpr (kOrder == Order::kFull) fence_full();
  if constexpr (kOrder == Order::kRelease) fence_before_release();
  fence_before_store(word);
  while (!__atomic_compare_exchange_n(word, &old, value, false, memory_order(kOrder), kLoad)) {
    if (next(old, &value)) continue;
    did_fail(what, word, bits_of(old), site);
    *old_value = old;
    return false;
  }
  if constexpr (kOrder == Order::kFull) fence_full();
  if constexpr (kOrder == Order::kRelease) fence_after_release(word);
  *old_value = old;
  return true;
}

template <Order kOrder, Word T>
[[gnu::always_inline]] inline T compare_and_exchange(sim::Primitive primitive, T* word, T expected,
                                                     T desired, Site site) {
  constexpr sim::Suffix kSuffix = suffix_of(kOrder);
  T old{};
  const bool done = alter<kOrder>(
      {primitive, kSuffix}, word,
      [expected, desired](T current, T* value) {
        *value = desired;
        return current == expected;
      },
      &old, site);
  if (done) did_alter({primitive, kSuffix}, word, bits_of(old), bits_of(desired), true, site);
  return old;
}

}  // namespace detail

// Stores `desired` if the word is `expected`; returns what the word was.
template <Order kOrder = Order::kFull, Word T>
[[gnu::always_inline]] inline T cmpxchg(T* word, std::type_identity_t<T> expected,
                                        std::type_identity_t<T> desired,
                                        Site site = Site::current()) {
  return detail::compare_and_exchange<kOrder, T>(sim::Primitive::kCmpxchg, word, expected, desired,
                                                 site);
}

// Stores `desired`; returns what the word was.
template <Order kOrder = Order::kFull, Word T>
[[gnu::always_inline]] inline T xchg(T* word, std::type_identity_t<T> desired,
                                     Site site = Site::current()) {
  constexpr sim::Spelling kWhat{sim::Primitive::kXchg, detail::suffix_of(kOrder)};
  T old{};
  detail::alter<kOrder>(
      kWhat, word,
      [desired](T /*current*/, T* value) {
        *value = desired;
        return true;
      },
      &old, site);
  did_alter(kWhat, word, bits_of(old), bits_of(desired), true, site);
  return old;
}

}  // namespace revenant::kernel
