#include <urcu/urcu-memb.h>

#include "native/flavor.h"

namespace revenant::native {

const RcuFlavor kMembFlavor{.name = "memb",
                            .register_thread = &urcu_memb_register_thread,
                            .unregister_thread = &urcu_memb_unregister_thread,
                            .read_lock = &urcu_memb_read_lock,
                            .read_unlock = &urcu_memb_read_unlock,
                            .synchronize = &urcu_memb_synchronize_rcu};

}  // namespace revenant::native
