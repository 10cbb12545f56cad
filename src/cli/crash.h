// A crash of the code under test, told apart from one of the harness.
//
// A signal such as SIGSEGV that comes while a CPU runs, of either engine, is a finding: it ends the
// process with one line on stderr that says what was being run, and status 1. Elsewhere on the
// stack of the program itself the harness is wrong: status 3. Of threads that crash together the
// first counts. No stack unwinds and no file is written.
#pragma once

#include <string>
#include <string_view>

namespace revenant {

// To be called once, by the thread that will run schedules.
void catch_crashes();

// What the line of a crash says from now on, as in "crash (SIGSEGV) in <context>". Costs a copy of
// at most a few hundred bytes; longer texts are cut off.
void set_crash_context(std::string_view context);

// What is left of a crash while a CPU ran, in memory that another process can read.
struct CrashNote {
  volatile int signal_number = 0;  // 0 is none.
};
// Where a crash is noted besides; it must live as long as the process.
void note_crashes_in(CrashNote& note);

// "crash (SIGSEGV)": what a crash is called where it is compared with findings.
std::string crash_name(int signal_number);

}  // namespace revenant
