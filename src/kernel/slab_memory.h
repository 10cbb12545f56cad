// The memory of slab pages as only the slab may look at it: past all poison, and unseen by TSan.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef REVENANT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace revenant::kernel {

// Volatile, so that no call of memset or memcmp comes of it: TSan would take that for an access of
// the running CPU.
[[clang::no_sanitize("address")]] inline std::uint64_t peek(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint64_t*>(address);
}
[[clang::no_sanitize("address")]] inline void poke(std::uintptr_t address, std::uint64_t word) {
  *reinterpret_cast<volatile std::uint64_t*>(address) = word;
}

[[clang::no_sanitize("address")]] inline void poke_byte(std::uintptr_t address,
                                                        unsigned char byte) {
  *reinterpret_cast<volatile unsigned char*>(address) = byte;
}

inline void asan_poison([[maybe_unused]] std::uintptr_t begin,
                        [[maybe_unused]] std::size_t size_bytes) {
#ifdef REVENANT_WITH_ASAN
  __asan_poison_memory_region(reinterpret_cast<void*>(begin), size_bytes);
#endif
}
inline void asan_unpoison([[maybe_unused]] std::uintptr_t begin,
                          [[maybe_unused]] std::size_t size_bytes) {
#ifdef REVENANT_WITH_ASAN
  __asan_unpoison_memory_region(reinterpret_cast<void*>(begin), size_bytes);
#endif
}

}  // namespace revenant::kernel
