#!/usr/bin/env bash
# Copyright 2026 The Revenant authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs the tests in $WORK, without a sanitizer, and leaves the sources as they are.
set -euo pipefail
sources=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
[[ -f $sources/fuzz/fuzz_target.cpp ]] || sources=$SRC/revenant
readonly build=$WORK/revenant-tests
# Flags for fuzzing are no flags for tests, which compare what is printed and count what is executed.
unset CFLAGS CXXFLAGS LIB_FUZZING_ENGINE
cmake -S "$sources" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo
cmake --build "$build" --parallel "$(nproc)"
# The browser is not ours to expect; the search over all variants is CI's.
ctest --test-dir "$build" --output-on-failure --parallel "$(nproc)" --exclude-regex 'html_page'
