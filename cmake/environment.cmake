# Flags when a fuzzing service builds us (REVENANT_SANITIZE=environment): sanitizers, coverage,
# optimization and standard library are said by CXXFLAGS, for every file alike. Here is found out which
# sanitizers those are, and taken back what must not see the harness (see revenant.cmake).
include(CheckCXXSourceCompiles)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
foreach(sanitizer address memory thread)
  check_cxx_source_compiles(
    "#if !__has_feature(${sanitizer}_sanitizer)\n#error\n#endif" REVENANT_HAS_${sanitizer})
endforeach()
unset(CMAKE_TRY_COMPILE_TARGET_TYPE)

# Every way in which an engine has edges and comparisons counted.
set(_no_coverage -fno-sanitize=fuzzer,fuzzer-no-link
    -fno-sanitize-coverage=edge,bb,func,trace-pc,trace-pc-guard,trace-cmp,trace-div,trace-gep,trace-loads,trace-stores,indirect-calls,inline-8bit-counters,inline-bool-flag,pc-table,stack-depth)
# Taking back what was never given is no mistake here, nor is a warning of a newer compiler.
target_compile_options(revenant_flags INTERFACE -Wno-unused-command-line-argument
  $<$<NOT:${_under_test}>:${_no_coverage}>)

if(REVENANT_HAS_address)
  target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_ASAN=1)
endif()
if(REVENANT_HAS_thread)
  target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_TSAN=1)
  target_compile_options(revenant_flags INTERFACE $<$<NOT:${_under_test}>:-fno-sanitize=thread>)
endif()
# MemorySanitizer must see every store, the harness's too.
if(NOT REVENANT_HAS_memory)
  target_compile_options(revenant_flags INTERFACE $<$<NOT:${_checked}>:-fno-sanitize=all>)
endif()

# A service builds everything, often, for each sanitizer: a module at once takes a fifth of the time.
set(CMAKE_UNITY_BUILD ON)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)
