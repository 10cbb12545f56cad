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

# As the workflow of that name. A new tree compiles a module at once, which takes less than half of the time
# where nothing is compiled yet. CMake, too, starts test programs, to ask what tests they have.
build_and_test() {
  local preset=$1 launcher=()
  [[ $preset != tsan ]] || launcher=("${TSAN_LAUNCHER[@]}")
  revenant_configure "$preset" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
  "${launcher[@]}" cmake --build --preset "$preset"
  "${launcher[@]}" ctest --preset "$preset"
}

run_stage install ci/install.sh
# shellcheck source=ci/env.sh
source ci/env.sh
for preset in asan tsan release; do
  run_stage "$preset" build_and_test "$preset"
done
run_stage check ci/check.sh
run_stage oss-fuzz ci/test-oss-fuzz.sh
