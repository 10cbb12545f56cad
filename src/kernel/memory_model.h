// What memory a run of the sim engine has.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace revenant::kernel {

// Each shows all that the one before it does.
enum class MemoryModel : std::uint8_t {
  kSc,     // Sequentially consistent.
  kWeak,   // The Linux kernel's, without load buffering.
  kAlpha,  // The same without dependency ordering, as on that processor.
};

// By the names sc, weak and alpha.
std::optional<MemoryModel> find_memory_model(std::string_view name);
std::string_view name_of(MemoryModel model);

}  // namespace revenant::kernel
