// BUG_ON and might_sleep: the code under test judging itself. judge_sleep.cpp has might_sleep.
#pragma once

#include "sim/machine.h"

namespace revenant::kernel {

// Ends the run with a finding bug-on.
[[noreturn]] void bug(const char* condition, Site site);

// Ends the run with a finding bug-on if the CPU holds a lock or is inside a read-side section where
// "op" or the like ends. A kernel checks the same when a task returns to user space.
void check_left_nothing(const char* what, Site site);

// Ends the run with a finding sleep-in-rcu if the CPU is inside a read-side section or runs an RCU
// callback, and sleep-in-atomic if it holds a spinlock. Does not yield.
void might_sleep(Site site = Site::current());

}  // namespace revenant::kernel

// A finding bug-on if the condition holds. A macro so that the finding can quote it.
#define BUG_ON(condition)                                                            \
  do {                                                                               \
    if (condition) ::revenant::kernel::bug(#condition, ::revenant::Site::current()); \
  } while (false)
