// smp_mb, smp_rmb, smp_wmb, smp_load_acquire, smp_store_release.
//
// In a sequentially consistent run of the sim engine barriers change nothing but what TSan is told.
// It knows no fences; they are modelled as C11 has them: smp_wmb orders what came before it with
// who reads a later relaxed store, smp_rmb orders what comes after it with the stores that earlier
// relaxed loads read. smp_mb is both; it does not order two CPUs that never communicate. With weak
// memory they are the view machine's too.
//
// A release also hands on what earlier relaxed loads read, which the CPU itself has yet to see.
//
// Where this is stronger than the kernel it can hide a race, and invents none: smp_rmb also orders
// the read of an atomic that returns no value; and of the words loaded before one barrier only the
// last 16 wait for it, the loads before those are acquires. On threads, a release is that
// barrier too. Weaker than the kernel, so that a race could be invented: rcu_read_unlock hands on
// only what the CPU itself has seen, and on threads what a smp_wmb hands to a relaxed store is lost
// if another CPU's release comes to the same word just before that store.
//
// Yields   Each is one scheduling point, before its effect.
#pragma once

#include "kernel/compiler.h"

namespace revenant::kernel {

void smp_mb(Site site = Site::current());
void smp_rmb(Site site = Site::current());
void smp_wmb(Site site = Site::current());

// For the primitives themselves: what TSan must know of each access because of the fences around
// it. A clock is a word's address, or that of a message (message_clocks.h). None of these yields.
#ifdef REVENANT_WITH_TSAN
void fence_begin_run();
// Around a release that others may acquire at once: before it on threads, after it else. Where the
// Exclusive lock keeps them off, the second is enough.
void fence_before_release();
void fence_after_release(const volatile void* clock);
// The next smp_rmb acquires it.
void fence_after_load(const volatile void* clock);
// Releases with it what the last smp_wmb covers.
void fence_before_store(const volatile void* clock);
// The same with a clock that starts a new life; false, and nothing done, if there was no smp_wmb.
bool fence_renew(unsigned char* clock);
// Spinlocks: what a CPU did before it gave one back, and what the last holder did, comes before
// what the CPU stores once it has taken one. `clock` is the lock's.
void fence_after_spin_unlock();
void fence_after_spin_lock(const volatile void* clock);
#else
inline void fence_begin_run() {}
inline void fence_before_release() {}
inline void fence_after_release(const volatile void* /*clock*/) {}
inline void fence_after_load(const volatile void* /*clock*/) {}
inline void fence_before_store(const volatile void* /*clock*/) {}
inline void fence_after_spin_unlock() {}
inline void fence_after_spin_lock(const volatile void* /*clock*/) {}
#endif
// Either half of the full barrier around a value-returning atomic.
void fence_full();

// Pairs with smp_store_release of the same word: who loads the value sees what came before the
// store.
template <Word T>
[[gnu::always_inline]] inline T smp_load_acquire(const T* word, Site site = Site::current()) {
  begin_access(Access::kRead, word, sizeof *word, site);
  const T value = detail::load_word<__ATOMIC_ACQUIRE, memory::Order::kAcquire>(word);
  did_load(sim::Primitive::kSmpLoadAcquire, word, sizeof *word, bits_of(value), site);
  return value;
}

namespace detail {

// The access of every release store: it hands on what earlier relaxed loads read.
template <Word T>
[[gnu::always_inline]] inline void store_release(T* word, std::type_identity_t<T> value) {
  fence_before_release();
  store_word<memory::Order::kRelease, T>(word, value);
  if (weak_memory() == nullptr) fence_after_release(word);
}

}  // namespace detail

// Pairs with smp_load_acquire of the same word.
template <Word T>
[[gnu::always_inline]] inline void smp_store_release(T* word, std::type_identity_t<T> value,
                                                     Site site = Site::current()) {
  begin_access(Access::kWrite, word, sizeof *word, site);
  detail::store_release<T>(word, value);
  did_store(sim::Primitive::kSmpStoreRelease, word, bits_of(value), site);
}

}  // namespace revenant::kernel
