# How a module, a subject and a fuzz target are declared.

# Every compile and link flag of the project. What a target adds to it is said by a property:
#   REVENANT_UNDER_TEST  its plain accesses and its edges matter: TSan and coverage instrument it.
#   REVENANT_ON_CPU      harness that simulated CPUs execute at every step: no sanitizer at all,
#                        which doubles the executions per second.
# TSan must not see the scheduler's own memory, which CPUs share without a lock because only one of
# them runs; and edges of the harness are not progress.
add_library(revenant_flags INTERFACE)
set(_under_test $<BOOL:$<TARGET_PROPERTY:REVENANT_UNDER_TEST>>)
set(_checked $<NOT:$<BOOL:$<TARGET_PROPERTY:REVENANT_ON_CPU>>>)
target_compile_options(revenant_flags INTERFACE -fno-omit-frame-pointer -gline-tables-only)
# Reports name files from the top of the source tree, wherever that lies.
target_compile_options(revenant_flags INTERFACE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_include_directories(revenant_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(REVENANT_SANITIZE STREQUAL "environment")
  include(${CMAKE_CURRENT_LIST_DIR}/environment.cmake)
else()
  target_compile_options(revenant_flags INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    $<${_under_test}:-fsanitize=fuzzer-no-link>)
  target_link_options(revenant_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(REVENANT_SANITIZE STREQUAL "thread")
  target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_TSAN=1)
  target_compile_options(revenant_flags INTERFACE $<${_under_test}:-fsanitize=thread>)
  target_link_options(revenant_flags INTERFACE -fsanitize=thread)
elseif(REVENANT_SANITIZE AND NOT REVENANT_SANITIZE STREQUAL "environment")
  if(REVENANT_SANITIZE MATCHES "address")
    target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_ASAN=1)
  endif()
  if(REVENANT_SANITIZE MATCHES "undefined")
    target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_UBSAN=1)
  endif()
  # recover: whether a finding of a sanitizer ends the process is a decision of run time.
  target_compile_options(revenant_flags INTERFACE
    $<${_checked}:-fsanitize=${REVENANT_SANITIZE}>
    $<${_checked}:-fsanitize-recover=${REVENANT_SANITIZE}>)
  target_link_options(revenant_flags INTERFACE -fsanitize=${REVENANT_SANITIZE})
endif()

# What is executed at every step is optimized across modules, of which a step goes through five. The code is
# made when a program is linked; what programs have in common is kept from one to the next, if the linker can.
set(_across_modules OFF)
if(REVENANT_ACROSS_MODULES)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT _across_modules LANGUAGES CXX)
endif()
if(_across_modules)
  target_link_options(revenant_flags INTERFACE -flto=thin)
  include(CheckLinkerFlag)
  set(_link_cache "SHELL:-Xlinker -plugin-opt -Xlinker \"cache-dir=${PROJECT_BINARY_DIR}/link_cache\"")
  check_linker_flag(CXX "-flto=thin;${_link_cache}" REVENANT_HAS_LINK_CACHE)
  if(REVENANT_HAS_LINK_CACHE)
    target_link_options(revenant_flags INTERFACE "${_link_cache}")
  endif()
endif()
# revenant_across_modules(TARGET)
function(revenant_across_modules target)
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ${_across_modules})
endfunction()

set(REVENANT_LAYERS base choice memory sim native kernel subjects schedule run minimize report litmus bench cli)

function(_revenant_layer module out)
  if(module MATCHES "^subject_")
    set(module subjects)
  endif()
  list(FIND REVENANT_LAYERS ${module} index)
  if(index LESS 0)
    message(FATAL_ERROR "module '${module}' is no layer; REVENANT_LAYERS in cmake/revenant.cmake lists them")
  endif()
  set(${out} ${index} PARENT_SCOPE)
endfunction()

# revenant_module(NAME SOURCES f... [ON_CPU_SOURCES f...] [DEPENDS module...] [LIBRARIES target...] [TESTS f...]
#                 [TEST_DEPENDS module...] [PRECOMPILE header...] [UNDER_TEST] [ON_CPU])
# A library revenant_NAME of src/NAME. An upward or unknown dependency is an error. ON_CPU_SOURCES: those that
# are ON_CPU where the others are not. PRECOMPILE: headers of others that cost most of its files more than
# their own text.
function(revenant_module name)
  cmake_parse_arguments(arg "UNDER_TEST;ON_CPU" "" "SOURCES;ON_CPU_SOURCES;DEPENDS;LIBRARIES;TESTS;TEST_DEPENDS;PRECOMPILE" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "revenant_module(${name}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _revenant_layer(${name} own_layer)
  add_library(revenant_${name} STATIC ${arg_SOURCES})
  set_target_properties(revenant_${name} PROPERTIES
    REVENANT_UNDER_TEST "${arg_UNDER_TEST}" REVENANT_ON_CPU "${arg_ON_CPU}")
  if(arg_UNDER_TEST OR arg_ON_CPU)
    revenant_across_modules(revenant_${name})
  endif()
  target_link_libraries(revenant_${name} PUBLIC revenant_flags ${arg_LIBRARIES})
  foreach(dependency IN LISTS arg_DEPENDS)
    _revenant_layer(${dependency} layer)
    if(NOT layer LESS own_layer)
      message(FATAL_ERROR "revenant_module(${name}): '${dependency}' is not above it in REVENANT_LAYERS")
    endif()
    target_link_libraries(revenant_${name} PUBLIC revenant_${dependency})
  endforeach()
  if(arg_ON_CPU_SOURCES)
    add_library(revenant_${name}_on_cpu OBJECT ${arg_ON_CPU_SOURCES})
    set_target_properties(revenant_${name}_on_cpu PROPERTIES REVENANT_ON_CPU ON)
    revenant_across_modules(revenant_${name}_on_cpu)
    list(TRANSFORM arg_DEPENDS PREPEND revenant_ OUTPUT_VARIABLE dependencies)
    target_link_libraries(revenant_${name}_on_cpu PRIVATE revenant_flags ${dependencies} ${arg_LIBRARIES})
    target_link_libraries(revenant_${name} PRIVATE revenant_${name}_on_cpu)
  endif()
  if(arg_PRECOMPILE AND NOT CMAKE_UNITY_BUILD)
    target_precompile_headers(revenant_${name} PRIVATE ${arg_PRECOMPILE})
  endif()
  if(arg_TESTS AND REVENANT_BUILD_TESTS)
    revenant_test(${name} SOURCES ${arg_TESTS} DEPENDS ${name} ${arg_TEST_DEPENDS})
  endif()
endfunction()

# What every test includes and none changes, compiled once, which takes half of what a test costs; hardly
# optimizing it takes a part of the rest. What is slow in a test is in the modules, which are optimized.
set(_test_flags -O1)
if(REVENANT_SANITIZE MATCHES "address")
  # Not at all, as what these add to GoogleTest's macros takes longest. Under TSan that would hide races
  # which tests make.
  set(_test_flags -O0)
endif()
if(REVENANT_BUILD_TESTS)
  file(CONFIGURE OUTPUT test_headers.cpp CONTENT "// Made by cmake/revenant.cmake.\n")
  add_library(revenant_test_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp)
  set_target_properties(revenant_test_headers PROPERTIES REVENANT_UNDER_TEST ON)
  target_link_libraries(revenant_test_headers PRIVATE revenant_flags GTest::gtest_main GTest::gmock)
  target_compile_options(revenant_test_headers PRIVATE ${_test_flags})
  target_precompile_headers(revenant_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>
    <algorithm> <functional> <map> <memory> <optional> <random> <span> <string> <string_view> <thread> <vector>)
endif()

# One test program per module. A test plays the code under test, so it is instrumented like it.
function(revenant_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  # Not in one: tests of a module give the same names to what each makes for itself.
  set_target_properties(${name}_test PROPERTIES REVENANT_UNDER_TEST ON UNITY_BUILD OFF)
  list(TRANSFORM arg_DEPENDS PREPEND revenant_)
  target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name}_test PRIVATE
    REVENANT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" REVENANT_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_compile_options(${name}_test PRIVATE ${_test_flags})
  target_precompile_headers(${name}_test REUSE_FROM revenant_test_headers)
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 300)
endfunction()

# revenant_subject(NAME SOURCES f... ORACLE f... DEPENDS module...)
# The code under test (SOURCES, instrumented) and its judges (ORACLE, which TSan must not see).
# Defines `extern const Subject subject_NAME`.
function(revenant_subject name)
  cmake_parse_arguments(arg "" "" "SOURCES;ORACLE;DEPENDS" ${ARGN})
  add_library(revenant_subject_${name}_oracle STATIC ${arg_ORACLE})
  set_target_properties(revenant_subject_${name}_oracle PROPERTIES REVENANT_ON_CPU ON)
  revenant_across_modules(revenant_subject_${name}_oracle)
  list(TRANSFORM arg_DEPENDS PREPEND revenant_)
  target_link_libraries(revenant_subject_${name}_oracle PUBLIC revenant_flags ${arg_DEPENDS})
  add_library(revenant_subject_${name} STATIC ${arg_SOURCES})
  set_target_properties(revenant_subject_${name} PROPERTIES REVENANT_UNDER_TEST ON)
  revenant_across_modules(revenant_subject_${name})
  # What it compares are words of its own, never bytes of an input: nothing that an engine could learn from.
  target_compile_options(revenant_subject_${name} PRIVATE -fno-sanitize-coverage=trace-cmp)
  target_link_libraries(revenant_subject_${name} PUBLIC revenant_subject_${name}_oracle)
endfunction()

# revenant_subjects(NAME...) adds each src/subjects/NAME and the table that all_subjects() returns.
function(revenant_subjects)
  set(table "// Made by revenant_subjects() of cmake/revenant.cmake.\n#include \"subjects/subject.h\"\n\nnamespace revenant {\n\n")
  set(entries "")
  set_property(GLOBAL PROPERTY REVENANT_SUBJECTS ${ARGN})  # For one fuzz target each.
  foreach(name IN LISTS ARGN)
    add_subdirectory(${name})
    string(APPEND table "extern const Subject subject_${name};\n")
    string(APPEND entries "&subject_${name}, ")
  endforeach()
  string(APPEND table "\nstd::span<const Subject* const> all_subjects() {\n  static constexpr const Subject* kTable[] = {${entries}};\n  return kTable;\n}\n\n}  // namespace revenant\n")
  file(CONFIGURE OUTPUT subject_table.cpp CONTENT "${table}" @ONLY)
  add_library(revenant_subject_table STATIC ${CMAKE_CURRENT_BINARY_DIR}/subject_table.cpp)
  target_link_libraries(revenant_subject_table PUBLIC revenant_subjects)
  foreach(name IN LISTS ARGN)
    target_link_libraries(revenant_subject_table PUBLIC revenant_subject_${name})
  endforeach()
endfunction()
