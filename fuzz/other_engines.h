// Fuzzing engines beside libFuzzer that a target may be linked with, each known by a symbol that
// only its library has.
#pragma once

#include <cstddef>
#include <cstdint>

// NOLINTBEGIN(readability-identifier-naming): the engines' names.
extern "C" {
[[gnu::weak]] extern unsigned char* __afl_area_ptr;
[[gnu::weak]] void HonggfuzzFetchData(const std::uint8_t** data, std::size_t* size);
[[gnu::weak]] void CentipedeIsPresent();
}
// NOLINTEND(readability-identifier-naming)

namespace revenant {

// Whether none of the others is linked.
inline bool engine_is_libfuzzer() {
  return &__afl_area_ptr == nullptr && HonggfuzzFetchData == nullptr &&
         CentipedeIsPresent == nullptr;
}

}  // namespace revenant
