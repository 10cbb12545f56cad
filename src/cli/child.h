// A process that does some work for this one and does not outlive it.
#pragma once

#include <sys/types.h>

#include <functional>

namespace revenant {

// Does work() in a new process and ends that with the status it returns. Interrupts are for the
// parent: the child takes note of them and goes on. Negative where the system has no process left.
// What work() throws is said on stderr; the status is then 2 for a UserError and where the system
// has no thread left, else 3.
// Under TSan no simulated CPU may exist: a child of more than one thread is not judged.
pid_t start_child(const std::function<int()>& work);

// As of waitpid, which must succeed.
int wait_for_child(pid_t process);

}  // namespace revenant
