// What the sanitizers do in the command: they report and go on, and the run that they judged ends
// with a finding. Leaks of the code under test are the slab's to find; LeakSanitizer does not see
// fiber stacks. Crashes are for crash.cpp, which knows what was being run. The environment's
// ASAN_OPTIONS and TSAN_OPTIONS override each key.

#define REVENANT_LEAVE_CRASHES_ALONE \
  ":handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0"

extern "C" const char* __asan_default_options() {
  return "halt_on_error=0:detect_leaks=0:suppress_equal_pcs=0:"
         "allocator_may_return_null=1" REVENANT_LEAVE_CRASHES_ALONE;
}

extern "C" const char* __ubsan_default_options() { return "halt_on_error=0:print_stacktrace=1"; }

extern "C" const char* __tsan_default_options() {
  return "halt_on_error=0:report_signal_unsafe=0:stack_trace_format=DEFAULT:atexit_sleep_ms=0:"
         "report_thread_leaks=0:suppress_equal_stacks=0:suppress_equal_addresses=0:"
         "exitcode=0" REVENANT_LEAVE_CRASHES_ALONE;
}
