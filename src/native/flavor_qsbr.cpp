#include <urcu/urcu-qsbr.h>

#include "native/flavor.h"

namespace revenant::native {
namespace {

// A thread is a reader from when it goes online. It is offline but for its sections, so that a
// grace period waits for sections and for nothing else.
void register_thread() {
  urcu_qsbr_register_thread();
  urcu_qsbr_thread_offline();
}

void read_lock() {
  urcu_qsbr_thread_online();
  urcu_qsbr_read_lock();
}

void read_unlock() {
  urcu_qsbr_read_unlock();
  urcu_qsbr_thread_offline();
}

}  // namespace

const RcuFlavor kQsbrFlavor{.name = "qsbr",
                            .register_thread = &register_thread,
                            .unregister_thread = &urcu_qsbr_unregister_thread,
                            .read_lock = &read_lock,
                            .read_unlock = &read_unlock,
                            .synchronize = &urcu_qsbr_synchronize_rcu};

}  // namespace revenant::native
