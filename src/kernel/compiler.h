// READ_ONCE and WRITE_ONCE: one relaxed access, neither torn nor repeated.
//
// Yields   Each is one scheduling point, before the access.
// Ordering As include/asm-generic/rwonce.h: none, but an address dependency orders. TSan knows no
//          dependencies, so a load of a pointer is an acquire to it; that can hide a race, and
//          invents none.
#pragma once

#include "kernel/word.h"

namespace revenant::kernel {

template <Word T>
[[gnu::always_inline]] inline T READ_ONCE(const T& word, Site site = Site::current()) {
  constexpr int kTold = std::is_pointer_v<T> ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
  begin_access(Access::kRead, &word, sizeof word, site);
  const T value = detail::load_word<kTold, memory::Order::kRelaxed>(&word);
  did_load(sim::Primitive::kReadOnce, &word, sizeof word, bits_of(value), site);
  return value;
}

template <Word T>
[[gnu::always_inline]] inline void WRITE_ONCE(T& word, std::type_identity_t<T> value,
                                              Site site = Site::current()) {
  begin_access(Access::kWrite, &word, sizeof word, site);
  detail::store_word<memory::Order::kRelaxed, T>(&word, value);
  did_store(sim::Primitive::kWriteOnce, &word, bits_of(value), site);
}

}  // namespace revenant::kernel
