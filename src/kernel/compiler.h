// READ_ONCE and WRITE_ONCE: one relaxed access, neither torn nor repeated.
//
// Yields   Each is one scheduling point, before the access.
// Ordering As include/asm-generic/rwonce.h: none, but an address dependency orders. TSan knows no
//          dependencies, so a load of a pointer is an acquire to it; that can hide a race, and
//          invents none.
#pragma once

#include "kernel/access.h"

namespace revenant::kernel {

template <class T>
concept Word = std::is_scalar_v<T> && sizeof(T) <= sizeof(void*);

template <Word T>
[[gnu::always_inline]] inline T READ_ONCE(const T& word, Site site = Site::current()) {
  constexpr int kOrder = std::is_pointer_v<T> ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
  begin_access(Access::kRead, &word, sizeof word, site);
  const T value = __atomic_load_n(&word, kOrder);
  did_load(sim::Primitive::kReadOnce, &word, bits_of(value), site);
  return value;
}

template <Word T>
[[gnu::always_inline]] inline void WRITE_ONCE(T& word, std::type_identity_t<T> value,
                                              Site site = Site::current()) {
  begin_access(Access::kWrite, &word, sizeof word, site);
  __atomic_store_n(&word, value, __ATOMIC_RELAXED);
  did_store(sim::Primitive::kWriteOnce, &word, bits_of(value), site);
}

}  // namespace revenant::kernel
