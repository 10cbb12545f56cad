// The flavors of liburcu. Each is one source file, the only one that includes its header: liburcu's
// headers rename rcu_read_lock and its kin.
#pragma once

#include <span>
#include <string_view>

namespace revenant::native {

struct RcuFlavor {
  std::string_view name;
  // For a thread, before its first and after its last section.
  void (*register_thread)();
  void (*unregister_thread)();
  // Of an outermost section; they do not nest.
  void (*read_lock)();
  void (*read_unlock)();
  // Outside of sections only.
  void (*synchronize)();
};

extern const RcuFlavor kMembFlavor;
extern const RcuFlavor kMbFlavor;
extern const RcuFlavor kQsbrFlavor;
extern const RcuFlavor kBpFlavor;

// The first is the default.
std::span<const RcuFlavor* const> all_flavors();

// nullptr when there is none of that name.
const RcuFlavor* find_flavor(std::string_view name);

}  // namespace revenant::native
