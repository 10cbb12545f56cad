// What every kernel primitive does around its effect: yield, be checked against the slab's poison,
// and say in the trace what it did.
//
// A primitive is   begin_access(...)   the scheduling point, then the poison check
//                  the effect          one machine operation, visible to the sanitizers as such
//                  did_...(...)        counts the effect; tells who takes a trace or features
// and nothing else runs between the three. The effect stands in a header and is inlined, so that a
// sanitizer's report names the line of the code under test.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "sim/machine.h"

namespace revenant::kernel {

enum class Access : std::uint8_t {
  kRead,
  kWrite,
  kAtomic,  // Read-modify-write.
  kLock,    // Lock, trylock, unlock, or a look at a lock.
};

// Yields once, before any check.
void begin_access(Access access, const volatile void* address, std::size_t size_bytes, Site site);

// The same for a store that sets up a count: also judged for the references that it overwrites.
void begin_count_set_up(const volatile void* count, std::size_t size_bytes, Site site);

void did_load(sim::Spelling what, const volatile void* address, std::size_t size_bytes,
              std::uint64_t value, Site site);
void did_store(sim::Spelling what, const volatile void* address, std::uint64_t value, Site site);
void did_alter(sim::Spelling what, const volatile void* address, std::uint64_t old_value,
               std::uint64_t value, bool result, Site site);
// A read-modify-write that only read.
void did_fail(sim::Spelling what, const volatile void* address, std::uint64_t value, Site site);
void did(sim::Spelling what, const volatile void* address, bool result, Site site);

// What a word points to, if it is a pointer; flags in its two low bits, as in page->mapping, count
// for nothing.
inline const void* object_named_by(std::uint64_t bits) {
  constexpr std::uint64_t kTagBits = 3;
  return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(bits & ~kTagBits));
}

// A line of the subject's own in the trace. The text must outlive the run.
void note(const char* text, const volatile void* object = nullptr, Site site = Site::current());

// A word as a trace shows it: pointers by their bits, numbers by their value.
template <class T>
[[gnu::always_inline]] inline std::uint64_t bits_of(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uintptr_t>(value);
  } else if constexpr (std::is_enum_v<T>) {
    return bits_of(static_cast<std::underlying_type_t<T>>(value));
  } else {
    static_assert(std::is_integral_v<T>);
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
}

}  // namespace revenant::kernel
