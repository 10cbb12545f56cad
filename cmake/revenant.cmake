# How a module, a subject and a fuzz target are declared.

# Every compile and link flag of the project. What a target adds to it is said by a property:
#   REVENANT_UNDER_TEST  its plain accesses and its edges matter: TSan and coverage instrument it.
# All else is the microscope. TSan must not see the scheduler's own memory, which CPUs share
# without a lock because only one of them runs; and edges of the harness are not progress.
add_library(revenant_flags INTERFACE)
set(_under_test $<BOOL:$<TARGET_PROPERTY:REVENANT_UNDER_TEST>>)
target_compile_options(revenant_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -fno-omit-frame-pointer -gline-tables-only
  $<${_under_test}:-fsanitize=fuzzer-no-link>)
target_link_options(revenant_flags INTERFACE -fsanitize=fuzzer-no-link)
target_include_directories(revenant_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(REVENANT_SANITIZE STREQUAL "thread")
  target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_TSAN=1)
  target_compile_options(revenant_flags INTERFACE $<${_under_test}:-fsanitize=thread>)
  target_link_options(revenant_flags INTERFACE -fsanitize=thread)
elseif(REVENANT_SANITIZE)
  target_compile_definitions(revenant_flags INTERFACE REVENANT_WITH_ASAN=1)
  # recover: whether a finding of a sanitizer ends the process is a decision of run time.
  target_compile_options(revenant_flags INTERFACE
    -fsanitize=${REVENANT_SANITIZE} -fsanitize-recover=${REVENANT_SANITIZE})
  target_link_options(revenant_flags INTERFACE -fsanitize=${REVENANT_SANITIZE})
endif()

set(REVENANT_LAYERS base choice sim native kernel subjects schedule run minimize report cli)

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

# revenant_module(NAME SOURCES f... [DEPENDS module...] [LIBRARIES target...] [TESTS f...]
#                 [TEST_DEPENDS module...] [UNDER_TEST])
# A library revenant_NAME of src/NAME. An upward or unknown dependency is an error.
function(revenant_module name)
  cmake_parse_arguments(arg "UNDER_TEST" "" "SOURCES;DEPENDS;LIBRARIES;TESTS;TEST_DEPENDS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "revenant_module(${name}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _revenant_layer(${name} own_layer)
  add_library(revenant_${name} STATIC ${arg_SOURCES})
  set_target_properties(revenant_${name} PROPERTIES REVENANT_UNDER_TEST "${arg_UNDER_TEST}")
  target_link_libraries(revenant_${name} PUBLIC revenant_flags ${arg_LIBRARIES})
  foreach(dependency IN LISTS arg_DEPENDS)
    _revenant_layer(${dependency} layer)
    if(NOT layer LESS own_layer)
      message(FATAL_ERROR "revenant_module(${name}): '${dependency}' is not above it in REVENANT_LAYERS")
    endif()
    target_link_libraries(revenant_${name} PUBLIC revenant_${dependency})
  endforeach()
  if(arg_TESTS AND REVENANT_BUILD_TESTS)
    revenant_test(${name} SOURCES ${arg_TESTS} DEPENDS ${name} ${arg_TEST_DEPENDS})
  endif()
endfunction()

# One test program per module. A test plays the code under test, so it is instrumented like it.
function(revenant_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  set_target_properties(${name}_test PROPERTIES REVENANT_UNDER_TEST ON)
  list(TRANSFORM arg_DEPENDS PREPEND revenant_)
  target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name}_test PRIVATE
    REVENANT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" REVENANT_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 300)
endfunction()
