#include <urcu/urcu-mb.h>

#include "native/flavor.h"

namespace revenant::native {

const RcuFlavor kMbFlavor{.name = "mb",
                          .register_thread = &urcu_mb_register_thread,
                          .unregister_thread = &urcu_mb_unregister_thread,
                          .read_lock = &urcu_mb_read_lock,
                          .read_unlock = &urcu_mb_read_unlock,
                          .synchronize = &urcu_mb_synchronize_rcu};

}  // namespace revenant::native
