// What the sanitizers do in a test program: they report every time, and go on. A crash they leave
// alone: they would end the program with the exit status that is said here, as if the test had
// passed.

#define REVENANT_LEAVE_CRASHES_ALONE \
  ":handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0"

extern "C" const char* __asan_default_options() {
  return "halt_on_error=0:detect_leaks=0:suppress_equal_pcs=0:"
         "exitcode=0" REVENANT_LEAVE_CRASHES_ALONE;
}

extern "C" const char* __ubsan_default_options() { return "halt_on_error=0"; }

extern "C" const char* __tsan_default_options() {
  return "halt_on_error=0:report_signal_unsafe=0:suppress_equal_stacks=0:"
         "suppress_equal_addresses=0:atexit_sleep_ms=0:exitcode=0" REVENANT_LEAVE_CRASHES_ALONE;
}
