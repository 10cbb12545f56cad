#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test of every preset, then ci/check.sh, then the
# targets as a fuzzing service has them.
# May be run from anywhere, and again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stage=start

# Names the stage whatever the way out, so that the last line of a log always tells.
finish() {
  local status=$?
  if ((status == 0)); then
    echo "test: all stages passed in $SECONDS s"
  else
    echo "test: FAILED in stage '$stage' (exit status $status) after $SECONDS s"
  fi
}
trap finish EXIT

run_stage() {
  stage=$1
  shift
  local start=$SECONDS
  echo "==> $stage: $*"
  "$@" </dev/null
  echo "==> $stage: passed in $((SECONDS - start)) s"
}

# CMake keeps a build tree's first compiler for ever; a tree made with another one starts afresh.
fresh_if_other_compiler() {
  local cache=build/$1/CMakeCache.txt
  [[ -f $cache ]] || return 0
  grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$CXX\$" "$cache" || echo --fresh
}

run_preset() {
  local preset=$1 launcher=() fresh
  [[ $preset != tsan ]] || launcher=("${TSAN_LAUNCHER[@]}")
  mapfile -t fresh < <(fresh_if_other_compiler "$preset")
  run_stage "$preset" "${launcher[@]}" cmake --workflow --preset "$preset" "${fresh[@]}"
}

run_stage install ci/install.sh
# shellcheck source=ci/env.sh
source ci/env.sh
for preset in asan tsan release; do
  run_preset "$preset"
done
run_stage check ci/check.sh
run_stage oss-fuzz ci/test-oss-fuzz.sh
