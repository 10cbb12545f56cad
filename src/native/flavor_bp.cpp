#include <urcu/urcu-bp.h>

#include "native/flavor.h"

namespace revenant::native {

// "Bulletproof": a thread registers with its first section, and nobody tells when it ends.
const RcuFlavor kBpFlavor{.name = "bp",
                          .register_thread = [] {},
                          .unregister_thread = [] {},
                          .read_lock = &urcu_bp_read_lock,
                          .read_unlock = &urcu_bp_read_unlock,
                          .synchronize = &urcu_bp_synchronize_rcu};

}  // namespace revenant::native
