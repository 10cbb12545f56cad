#!/usr/bin/env bash
# What a fuzzing service does with us, done here: builds every target with ci/oss-fuzz/build.sh for every
# sanitizer and engine, twice, from sources that are read-only; moves what was built, takes the sources and
# the build folder away, and then checks each target as OSS-Fuzz's and ClusterFuzz's scripts do, and more.
# Ends with a line for each build. Usage: ci/test-oss-fuzz.sh [ENGINE:SANITIZER]...; without any, all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ci/install.sh >&2
# shellcheck source=ci/env.sh
source ci/env.sh
# shellcheck source=ci/oss-fuzz/checks.sh
source ci/oss-fuzz/checks.sh

# thread+undefined: the way through hosted OSS-Fuzz's slot `undefined`.
builds=("$@")
((${#builds[@]} > 0)) || builds=(
  libfuzzer:address libfuzzer:undefined libfuzzer:thread libfuzzer:memory libfuzzer:coverage
  libfuzzer:introspector libfuzzer:none libfuzzer:thread+undefined
  afl:none honggfuzz:address centipede:none
)

# The same place each time, so that a compiler cache knows the files again.
readonly work=$PWD/build/oss-fuzz
clean_up() {
  [[ ! -e $work ]] || chmod -R u+w "$work"
  rm -rf "$work"
}
clean_up
mkdir -p "$work"
trap clean_up EXIT

say() { echo "==> $*"; }

# --- build --------------------------------------------------------------------------------------

# What git knows, as a checkout has it.
copy_sources() {
  mkdir -p "$work/src/revenant"
  git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
    xargs -0 cp --parents -t "$work/src/revenant"
  chmod -R a-w "$work/src/revenant"
}

# Permissions do not stop root: what the folder held, and when it was changed.
sources_state() { find "$work/src/revenant" -printf '%p %T@ %s\n' | sort | sha256sum; }

build() {
  local engine=${1%%:*} sanitizer=${1##*:} extra=()
  [[ $sanitizer != thread+undefined ]] || sanitizer=undefined extra=(--thread-in-undefined)
  "$work/src/revenant/ci/oss-fuzz/local.sh" "$engine" "$sanitizer" "$work/built/$1" \
    "$work/build/$1" "${extra[@]}" </dev/null >"$work/log" 2>&1 && return
  tail -n 40 "$work/log" >&2
  die "$1 does not build"
}

cp ci/oss-fuzz/crash_report.py "$work/"
copy_sources
before=$(sources_state)
for name in "${builds[@]}"; do
  start=$SECONDS
  build "$name"
  first=$((SECONDS - start))
  (cd "$work/built/$name" && sha256sum -- *) >"$work/first"
  build "$name"
  (cd "$work/built/$name" && sha256sum -- *) >"$work/second"
  cmp -s "$work/first" "$work/second" || die "$name: a second build gives other files"
  ! grep -q 'Building CXX' "$work/log" || die "$name: a second build compiles again"
  say "$name builds, in $first s, and again"
done
[[ $(sources_state) == "$before" ]] || die "the build wrote into the source folder"

# The list of targets is the folder's content, and nothing else lies there.
mapfile -t targets < <(cut -d ' ' -f 1 "$work/build/${builds[0]}"/*/fuzz_targets.txt)
expected=$(for t in "${targets[@]}"; do
  printf '%s\n' "$t" "$t.dict" "$t.options" "${t}_seed_corpus.zip"
done | sort)
for name in "${builds[@]}"; do
  [[ $(cd "$work/built/$name" && find . -type f -printf '%P\n' | sort) == "$expected" ]] ||
    die "$name: OUT does not hold exactly what the list of targets says"
done

mv "$work/built" "$work/moved"
chmod -R u+w "$work/src"
rm -rf "$work/src" "$work/build"
say "moved; sources and build folder are gone"

# --- check --------------------------------------------------------------------------------------

for name in "${builds[@]}"; do
  start=$SECONDS
  check_build "$name" "$work/moved/$name" "${targets[@]}"
  say "$name: all checks of ${#targets[@]} targets passed in $((SECONDS - start)) s"
done

if [[ -e $work/moved/libfuzzer:address && -e $work/moved/libfuzzer:thread && -e $work/moved/libfuzzer:undefined ]]; then
  check_buckets "$work/moved/libfuzzer:address" "$work/moved/libfuzzer:thread" "$work/moved/libfuzzer:undefined"
  say "findings land in the buckets that they should"
fi
