#!/usr/bin/env bash
# From a bare machine to the interleaving of the 2010 mail: installs what is missing, builds, searches
# the protocol as posted for the recycle under ASan, replays it under TSan, and prints the timeline.
# Exit status 0 only if the finding was made. May be run from anywhere, and again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly target=anon_vma/as_posted
readonly kind=recycled-object

say() { echo "==> $*"; }
fail() {
  echo "quickstart: $*" >&2
  exit 1
}

# Runs a command that must end with exit status 1, which is Revenant's word for a finding.
must_find() {
  local status=0
  "$@" || status=$?
  ((status == 1)) || fail "expected a finding (exit status 1), got $status from: $*"
}

say "installing what is missing"
ci/install.sh --no-browser
# shellcheck source=ci/env.sh
source ci/env.sh

for preset in asan tsan; do
  say "building revenant with preset $preset"
  # A new tree compiles a module at once, which takes less than half of the time. Who changes the code compiles
  # files apart: cmake --preset PRESET -DCMAKE_UNITY_BUILD=OFF
  revenant_configure "$preset" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 >/dev/null
  cmake --build --preset "$preset" --target revenant
done

readonly out=findings/quickstart
rm -rf "$out"
mkdir -p "$out"

say "searching $target for the recycle, from an empty corpus, with AddressSanitizer"
must_find build/asan/bin/revenant fuzz "$target" --seed 1 --runs 200000 --artifacts "$out" |
  tee "$out/asan.txt"
grep -q "^$kind in $target" "$out/asan.txt" || fail "the finding is not the $kind"

small=$(find "$out" -name '*.min.schedule')
say "replaying the minimized schedule with ThreadSanitizer"
must_find "${TSAN_LAUNCHER[@]}" build/tsan/bin/revenant replay --quiet "$target" "$small" |
  tee "$out/tsan.txt"
grep -q "$kind in $target" "$out/tsan.txt" || fail "ThreadSanitizer's build does not show the $kind"

say "the same schedule on the fixed protocol"
build/asan/bin/revenant replay --quiet anon_vma/fixed "$small"

say "found: $kind in $target; the schedule is $small"
