// What the slab knows of a cache: which bytes of a free object keep what value, and which objects
// are free.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/slab.h"

namespace revenant::kernel {

inline constexpr std::size_t kSlabPageBytes = 512;
inline constexpr std::size_t kSlabPages = 128;
inline constexpr std::size_t kMaxObjectBytes = 256;
inline constexpr std::size_t kObjectsPerPage = 2;
inline constexpr std::size_t kSlabObjects = kSlabPages * kObjectsPerPage;
static_assert(kObjectsPerPage * kMaxObjectBytes <= kSlabPageBytes);

inline constexpr std::uint64_t kPoison = 0x6b6b6b6b6b6b6b6bU;  // POISON_FREE of linux/poison.h.
inline constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

// 0xff for each of the first size_bytes bytes of a word.
constexpr std::uint64_t byte_mask(std::size_t size_bytes) {
  return size_bytes >= kWordBytes ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size_bytes)) - 1;
}

}  // namespace revenant::kernel

struct revenant::kernel::kmem_cache {
  using Words = std::array<std::uint64_t, kMaxObjectBytes / kWordBytes>;

  // Starts a cache without objects. Calls the constructor on memory of its own.
  void set_up(std::string_view its_name, std::size_t object_size_bytes,
              const kmem_cache_args& its_args, slab_flags_t its_flags);

  std::size_t word_count() const { return (size_bytes + kWordBytes - 1) / kWordBytes; }
  bool is_type_stable() const { return (flags & SLAB_TYPESAFE_BY_RCU) != 0; }
  // Whether the constructor owns each byte of this part of an object.
  bool owns(std::size_t offset_bytes, std::size_t part_size_bytes) const;
  // What word `i` of the free object at this address holds, in the bytes that are in `mask`.
  std::uint64_t free_word(std::uintptr_t object, std::size_t i) const {
    return image[i] + (is_address[i] ? object : 0);
  }

  std::string_view name;
  std::size_t size_bytes = 0;
  kmem_cache_args args;
  slab_flags_t flags = 0;
  std::size_t refcount_offset_bytes = 0;
  bool has_refcount = false;
  Words image{};
  Words mask{};
  // Whether the constructor stores an address in the object itself: `image` counts from its start.
  std::array<bool, std::tuple_size_v<Words>> is_address{};
  // 0xff for each byte that the constructor owns, and that a stale reader may read besides.
  Words owned{};
  Words readable{};
  // Free objects by number in the arena, the one freed last at the end.
  std::array<std::uint16_t, kSlabPages * kObjectsPerPage> free{};
  std::size_t free_count = 0;
  std::uint32_t object_count = 0;

 private:
  void find_owned_bytes();
  void find_owned_bytes_of_word(std::size_t i);
  std::uint64_t built(Words& object, std::uint64_t before, std::size_t i) const;
  const sim::Field& field_named(std::string_view field) const;
};
