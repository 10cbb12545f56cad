// The stack of a finding as a bug tracker should see it: from the code under test on. The frames of
// judges and machine above it are those of every finding, and trackers take two frames in common
// for one bug.
#pragma once

namespace revenant {

// Prints the caller's stack to stderr in the form of the sanitizers. The whole of it, where nothing
// knows names or no frame belongs to a subject.
void print_stack_under_test();

}  // namespace revenant
