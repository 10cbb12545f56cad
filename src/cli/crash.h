// A crash of the code under test, told apart from one of the harness.
//
// A signal such as SIGSEGV that comes while a simulated CPU runs is a finding: it ends the process
// with one line on stderr that says what was being run, and status 1. On the stack of the program
// itself the harness is wrong: status 3. No stack unwinds and no file is written.
#pragma once

#include <string_view>

namespace revenant {

// To be called once, by the thread that will run schedules.
void catch_crashes();

// What the line of a crash says from now on, as in "crash (SIGSEGV) in <context>". Costs a copy of
// at most a few hundred bytes; longer texts are cut off.
void set_crash_context(std::string_view context);

}  // namespace revenant
