// What the sanitizers do in a fuzz target: the first report ends the process, so that the engine
// saves the input. The environment's ASAN_OPTIONS and TSAN_OPTIONS override each key.

// A target allocates little but what it changes inputs with: what is freed need not wait long, and
// 256 MB of it would be 256 MB that no cache holds.
extern "C" const char* __asan_default_options() {
  return "halt_on_error=1:detect_leaks=0:quarantine_size_mb=16";
}

// Unsigned overflow, which services check too, is how hashes are made.
extern "C" const char* __ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1:silence_unsigned_overflow=1";
}

extern "C" const char* __tsan_default_options() {
  return "halt_on_error=1:report_signal_unsafe=0:stack_trace_format=DEFAULT:atexit_sleep_ms=0:"
         "report_thread_leaks=0";
}
