#include <urcu/urcu-bp.h>

#include "native/flavor.h"

namespace revenant::native {

namespace {

// "Bulletproof": a thread registers with its first section, and nobody tells when it ends. It takes
// a lock for that, which would order the section, had it not been entered before.
void register_thread() {
  urcu_bp_read_lock();
  urcu_bp_read_unlock();
}

}  // namespace

const RcuFlavor kBpFlavor{.name = "bp",
                          .register_thread = &register_thread,
                          .unregister_thread = [] {},
                          .read_lock = &urcu_bp_read_lock,
                          .read_unlock = &urcu_bp_read_unlock,
                          .synchronize = &urcu_bp_synchronize_rcu};

}  // namespace revenant::native
