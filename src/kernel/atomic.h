// atomic_t, as Documentation/atomic_t.txt of the Linux kernel has it:
//
//   returns no value      atomic_inc, atomic_dec, atomic_add           no ordering
//   returns a value       atomic_dec_and_test, ...                     full barrier on both sides
//   returns, and failed   atomic_inc_not_zero, atomic_cmpxchg          no ordering
//   _relaxed, _acquire, _release                                       as the suffix says
//
// Yields   Each is one scheduling point, before its effect.
#pragma once

#include "kernel/cmpxchg.h"

namespace revenant::kernel {

struct atomic_t {
  int counter;
};

constexpr atomic_t ATOMIC_INIT(int value) { return {value}; }

namespace detail {

// Wraps, as the kernel's counters do.
[[gnu::always_inline]] constexpr int sum(int a, int b) {
  return static_cast<int>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
}

template <Order kOrder>
[[gnu::always_inline]] inline int add(sim::Primitive primitive, atomic_t* v, int delta, Site site) {
  const sim::Spelling what{primitive, suffix_of(kOrder)};
  int old = 0;
  alter<kOrder>(
      what, &v->counter,
      [delta](int current, int* value) {
        *value = sum(current, delta);
        return true;
      },
      &old, site);
  const int value = sum(old, delta);
  did_alter(what, &v->counter, bits_of(old), bits_of(value), value == 0, site);
  return value;
}

}  // namespace detail

[[gnu::always_inline]] inline int atomic_read(const atomic_t* v, Site site = Site::current()) {
  begin_access(Access::kRead, v, sizeof *v, site);
  const int value = detail::load_word<__ATOMIC_RELAXED, memory::Order::kRelaxed>(&v->counter);
  did_load(sim::Primitive::kAtomicRead, v, sizeof *v, bits_of(value), site);
  return value;
}

[[gnu::always_inline]] inline int atomic_read_acquire(const atomic_t* v,
                                                      Site site = Site::current()) {
  begin_access(Access::kRead, v, sizeof *v, site);
  const int value = detail::load_word<__ATOMIC_ACQUIRE, memory::Order::kAcquire>(&v->counter);
  did_load({sim::Primitive::kAtomicRead, sim::Suffix::kAcquire}, v, sizeof *v, bits_of(value),
           site);
  return value;
}

[[gnu::always_inline]] inline void atomic_set(atomic_t* v, int value, Site site = Site::current()) {
  begin_count_set_up(v, sizeof *v, site);
  detail::store_word<memory::Order::kRelaxed>(&v->counter, value);
  did_store(sim::Primitive::kAtomicSet, v, bits_of(value), site);
}

[[gnu::always_inline]] inline void atomic_set_release(atomic_t* v, int value,
                                                      Site site = Site::current()) {
  begin_count_set_up(v, sizeof *v, site);
  detail::store_release<int>(&v->counter, value);
  did_store({sim::Primitive::kAtomicSet, sim::Suffix::kRelease}, v, bits_of(value), site);
}

[[gnu::always_inline]] inline void atomic_inc(atomic_t* v, Site site = Site::current()) {
  detail::add<Order::kNoReturn>(sim::Primitive::kAtomicInc, v, 1, site);
}

[[gnu::always_inline]] inline void atomic_dec(atomic_t* v, Site site = Site::current()) {
  detail::add<Order::kNoReturn>(sim::Primitive::kAtomicDec, v, -1, site);
}

[[gnu::always_inline]] inline void atomic_add(int delta, atomic_t* v, Site site = Site::current()) {
  detail::add<Order::kNoReturn>(sim::Primitive::kAtomicAdd, v, delta, site);
}

template <Order kOrder = Order::kFull>
[[gnu::always_inline]] inline int atomic_inc_return(atomic_t* v, Site site = Site::current()) {
  return detail::add<kOrder>(sim::Primitive::kAtomicIncReturn, v, 1, site);
}
#define REVENANT_SUFFIXED(name, arguments, pass)                \
  [[gnu::always_inline]] inline auto name##_relaxed arguments { \
    return name<Order::kRelaxed> pass;                          \
  }                                                             \
  [[gnu::always_inline]] inline auto name##_acquire arguments { \
    return name<Order::kAcquire> pass;                          \
  }                                                             \
  [[gnu::always_inline]] inline auto name##_release arguments { return name<Order::kRelease> pass; }

REVENANT_SUFFIXED(atomic_inc_return, (atomic_t * v, Site site = Site::current()), (v, site))

template <Order kOrder = Order::kFull>
[[gnu::always_inline]] inline int atomic_dec_return(atomic_t* v, Site site = Site::current()) {
  return detail::add<kOrder>(sim::Primitive::kAtomicDecReturn, v, -1, site);
}
REVENANT_SUFFIXED(atomic_dec_return, (atomic_t * v, Site site = Site::current()), (v, site))

// True when the counter became zero. Stores in any case.
template <Order kOrder = Order::kFull>
[[gnu::always_inline]] inline bool atomic_dec_and_test(atomic_t* v, Site site = Site::current()) {
  return detail::add<kOrder>(sim::Primitive::kAtomicDecAndTest, v, -1, site) == 0;
}
REVENANT_SUFFIXED(atomic_dec_and_test, (atomic_t * v, Site site = Site::current()), (v, site))

// Adds one unless the counter is zero; true when it did.
template <Order kOrder = Order::kFull>
[[gnu::always_inline]] inline bool atomic_inc_not_zero(atomic_t* v, Site site = Site::current()) {
  constexpr sim::Spelling kWhat{sim::Primitive::kAtomicIncNotZero, detail::suffix_of(kOrder)};
  int old = 0;
  const bool done = detail::alter<kOrder>(
      kWhat, &v->counter,
      [](int current, int* value) {
        *value = detail::sum(current, 1);
        return current != 0;
      },
      &old, site);
  if (done) {
    did_alter(kWhat, &v->counter, bits_of(old), bits_of(detail::sum(old, 1)), true, site);
  }
  return done;
}
REVENANT_SUFFIXED(atomic_inc_not_zero, (atomic_t * v, Site site = Site::current()), (v, site))

template <Order kOrder = Order::kFull>
[[gnu::always_inline]] inline int atomic_cmpxchg(atomic_t* v, int expected, int desired,
                                                 Site site = Site::current()) {
  return detail::compare_and_exchange<kOrder>(sim::Primitive::kAtomicCmpxchg, &v->counter, expected,
                                              desired, site);
}
REVENANT_SUFFIXED(atomic_cmpxchg,
                  (atomic_t * v, int expected, int desired, Site site = Site::current()),
                  (v, expected, desired, site))

#undef REVENANT_SUFFIXED

}  // namespace revenant::kernel
