#include "kernel/kmem_cache.h"

#include <algorithm>

#include "base/check.h"

namespace revenant::kernel {
namespace {

void mark(kmem_cache::Words& words, const sim::Field& field) {
  for (std::size_t i = field.offset_bytes; i < field.offset_bytes + field.size_bytes; ++i) {
    words[i / kWordBytes] |= std::uint64_t{0xff} << (8 * (i % kWordBytes));
  }
}

}  // namespace

void kmem_cache::set_up(std::string_view its_name, std::size_t object_size_bytes,
                        const kmem_cache_args& its_args, slab_flags_t its_flags) {
  REVENANT_CHECK(object_size_bytes <= kMaxObjectBytes);
  *this = {};
  name = its_name;
  size_bytes = object_size_bytes;
  args = its_args;
  flags = its_flags;
  find_owned_bytes();
  // Of a cache that is not type-stable no stale reader may read anything.
  if (is_type_stable()) {
    for (const std::string_view field : args.readable) mark(readable, field_named(field));
  }
  for (std::size_t i = 0; i < image.size(); ++i) {
    const std::uint64_t poisoned = ~(owned[i] | readable[i]);
    image[i] |= kPoison & poisoned;
    mask[i] = owned[i] | poisoned;
  }
  has_refcount = !args.refcount.empty();
  if (has_refcount) refcount_offset_bytes = field_named(args.refcount).offset_bytes;
}

bool kmem_cache::owns(std::size_t offset_bytes, std::size_t part_size_bytes) const {
  for (std::size_t i = offset_bytes; i < offset_bytes + part_size_bytes; ++i) {
    if ((owned[i / kWordBytes] >> (8 * (i % kWordBytes)) & 0xff) == 0) return false;
  }
  return true;
}

const sim::Field& kmem_cache::field_named(std::string_view field) const {
  const auto found = std::ranges::find(args.fields, field, &sim::Field::name);
  REVENANT_CHECK(found != args.fields.end());
  return *found;
}

void kmem_cache::find_owned_bytes() {
  if (args.ctor == nullptr) return;
  for (std::size_t i = 0; i < word_count(); ++i) find_owned_bytes_of_word(i);
}

std::uint64_t kmem_cache::built(Words& object, std::uint64_t before, std::size_t i) const {
  object.fill(before);
  args.ctor(object.data());
  return object[i];
}

// What a constructor leaves in word `i`: the bytes that come out equal whatever was there before.
// An address in the object itself, as in an empty list_head, comes out equal but for where the
// object is.
void kmem_cache::find_owned_bytes_of_word(std::size_t i) {
  alignas(kMaxObjectBytes) std::array<Words, 2> objects;
  std::array<std::uint64_t, 2> word{};
  std::uint64_t differs = 0;
  for (std::size_t k = 0; k < objects.size(); ++k) {
    word[k] = built(objects[k], 0, i);
    differs |= word[k] ^ built(objects[k], ~std::uint64_t{0}, i);
  }
  const std::uint64_t distance = reinterpret_cast<std::uintptr_t>(objects[1].data()) -
                                 reinterpret_cast<std::uintptr_t>(objects[0].data());
  is_address[i] = differs == 0 && word[1] - word[0] == distance;
  if (is_address[i]) {
    owned[i] = ~std::uint64_t{0};
    image[i] = word[0] - reinterpret_cast<std::uintptr_t>(objects[0].data());
    return;
  }
  differs |= word[0] ^ word[1];
  const std::uint64_t inside = byte_mask(size_bytes - i * kWordBytes);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    const std::uint64_t byte = std::uint64_t{0xff} << shift;
    if ((differs & byte) == 0) owned[i] |= byte & inside;
  }
  image[i] = word[0] & owned[i];
}

}  // namespace revenant::kernel
