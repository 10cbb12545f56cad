#include "kernel/memory_model.h"

namespace revenant::kernel {

std::string_view name_of(MemoryModel model) {
  switch (model) {
    case MemoryModel::kSc:
      return "sc";
    case MemoryModel::kWeak:
      return "weak";
    case MemoryModel::kAlpha:
      return "alpha";
  }
  return {};
}

std::optional<MemoryModel> find_memory_model(std::string_view name) {
  for (const MemoryModel model : {MemoryModel::kSc, MemoryModel::kWeak, MemoryModel::kAlpha}) {
    if (name == name_of(model)) return model;
  }
  return std::nullopt;
}

}  // namespace revenant::kernel
