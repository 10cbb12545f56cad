#include "native/flavor.h"

namespace revenant::native {

std::span<const RcuFlavor* const> all_flavors() {
  static constexpr const RcuFlavor* kFlavors[] = {&kMembFlavor, &kMbFlavor, &kQsbrFlavor,
                                                  &kBpFlavor};
  return kFlavors;
}

const RcuFlavor* find_flavor(std::string_view name) {
  for (const RcuFlavor* const flavor : all_flavors()) {
    if (flavor->name == name) return flavor;
  }
  return nullptr;
}

}  // namespace revenant::native
