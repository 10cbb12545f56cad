// What a marked load or store does to its word, once the primitive around it has yielded and been
// checked: in a sequentially consistent run one atomic access of plain memory; in a weak one what
// the view machine says, with a relaxed access of plain memory beside it, by which TSan knows that
// the word was used, and no order. Inlined, so that a sanitizer's report names the line of the code
// under test.
#pragma once

#include <type_traits>

#include "kernel/access.h"
#include "kernel/weak_memory.h"
#include "sim/happens_before.h"

namespace revenant::kernel {

template <class T>
concept Word = std::is_scalar_v<T> && sizeof(T) <= sizeof(void*);

// The other way round than bits_of().
template <class T>
[[gnu::always_inline]] inline T from_bits(std::uint64_t bits) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(static_cast<std::uintptr_t>(bits));
  } else {
    return static_cast<T>(bits);
  }
}

namespace detail {

// kTold is the order that TSan is told, kOrder the kernel's.
template <int kTold, memory::Order kOrder, Word T>
[[gnu::always_inline]] inline T load_word(const T* word) {
  WeakMemory* const weak = weak_memory();
  if (weak == nullptr) [[likely]]
    return __atomic_load_n(word, kTold);
  const T now = __atomic_load_n(word, __ATOMIC_RELAXED);
  return from_bits<T>(weak->load(word, bits_of(now), kOrder, std::is_pointer_v<T>));
}

template <memory::Order kOrder, Word T>
[[gnu::always_inline]] inline void store_word(T* word, T value) {
  constexpr bool kReleases = kOrder == memory::Order::kRelease;
  WeakMemory* const weak = weak_memory();
  if (weak == nullptr) [[likely]] {
    return __atomic_store_n(word, value, kReleases ? __ATOMIC_RELEASE : __ATOMIC_RELAXED);
  }
  const T now = __atomic_load_n(word, __ATOMIC_RELAXED);
  const std::uint64_t newest = weak->store(word, bits_of(now), bits_of(value), kOrder);
  __atomic_store_n(word, from_bits<T>(newest), __ATOMIC_RELAXED);
}

}  // namespace detail
}  // namespace revenant::kernel
