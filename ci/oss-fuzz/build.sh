#!/usr/bin/env bash
# Copyright 2026 The Revenant authors
# SPDX-License-Identifier: Apache-2.0
#
# The one recipe that builds the fuzz targets for a fuzzing service, for ci/fuzz.sh and for .clusterfuzzlite/.
# It is told everything by OSS-Fuzz's variables: CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE SANITIZER
# FUZZING_ENGINE ARCHITECTURE OUT SRC WORK. Sources are read only, what is built lies in $WORK, what is to
# be kept in $OUT: for each target T of fuzz/CMakeLists.txt that has a corpus, T, T_seed_corpus.zip, T.dict
# and T.options. A second call builds what has changed.
#
# --thread-in-undefined  where SANITIZER=undefined, ThreadSanitizer too: hosted OSS-Fuzz builds nothing
#                        for `thread`, but this. Findings are then filed under "undefined", and take longer.
set -euo pipefail

fail() {
  echo "build.sh: $*" >&2
  exit 2
}

thread_in_undefined=
case ${1:-} in
  "") ;;
  --thread-in-undefined) thread_in_undefined=1 ;;
  *) fail "what is '$1'? There is --thread-in-undefined" ;;
esac
for variable in CC CXX LIB_FUZZING_ENGINE SANITIZER FUZZING_ENGINE ARCHITECTURE OUT SRC WORK; do
  [[ -n ${!variable:-} ]] || fail "$variable is not set: run ci/fuzz.sh, or see ci/oss-fuzz/Dockerfile"
done

# A service copies this file away from the sources.
sources=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
[[ -f $sources/fuzz/fuzz_target.cpp ]] || sources=$SRC/revenant
readonly sources
readonly build=$WORK/revenant-$FUZZING_ENGINE-$SANITIZER-$ARCHITECTURE${thread_in_undefined:+-thread}

export CFLAGS=${CFLAGS:-} CXXFLAGS=${CXXFLAGS:-}
# UBSan's look at a vptr asks a pipe whether memory is there, and TSan takes two threads' pipes for a race.
if [[ -n $thread_in_undefined && $SANITIZER == undefined ]]; then
  CFLAGS+=" -fsanitize=thread"
  CXXFLAGS+=" -fsanitize=thread -fno-sanitize=vptr"
fi

# Prints what AFL++, honggfuzz and libFuzzer take as a dictionary: the file, if it is one; else the words of
# the seeds, and the names of ops and arguments, which stand in the source as `.name = "fault"`.
dictionary() {
  local source=$1 corpus=$2 suffix=$3
  if [[ $source == *.dict ]]; then
    cat "$source"
    return
  fi
  {
    find "$corpus" -name "*.$suffix" -exec sed 's/#.*//' {} + | grep -oE '[a-z_]+'
    grep -oE '\.name = "[a-z_]+"' "$source" | cut -d '"' -f 2
  } | sort -u | sed 's/.*/"&"/'
}

# What a target asks of whoever runs it. Seeds are short; nothing is gained by long inputs.
options() {
  cat <<'END'
[libfuzzer]
max_len = 4096
timeout = 25
rss_limit_mb = 2560
END
}

# Files of one time and one order: the same seeds are the same archive. cp refuses two of one name.
seed_corpus() {
  local corpus=$1 suffix=$2 archive=$3 stage
  stage=$(mktemp -d -p "$WORK")
  find "$corpus" -name "*.$suffix" -exec cp -t "$stage" {} +
  find "$stage" -type f -exec chmod 644 {} + -exec touch -d 2010-04-01T00:00:00Z {} +
  rm -f "$archive"
  (cd "$stage" && find . -type f -printf '%P\n' | LC_ALL=C sort | zip -q -X -9 "$archive" -@)
  rm -rf "$stage"
}

mkdir -p "$OUT" "$WORK" "$build"
generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
# No build type: optimization is among what CXXFLAGS say.
cmake -S "$sources" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE= -DREVENANT_BUILD_TESTS=OFF \
  -DREVENANT_SANITIZE=environment -DREVENANT_FUZZ_ENGINE="${LIB_FUZZING_ENGINE// /;}"
cmake --build "$build" --target fuzz_targets --parallel "$(nproc)"

while read -r target corpus suffix source; do
  # Not over a program that may be running.
  install -m 755 "$build/bin/$target" "$OUT/$target.new"
  mv "$OUT/$target.new" "$OUT/$target"
  seed_corpus "$sources/corpus/$corpus" "$suffix" "$(realpath "$OUT")/${target}_seed_corpus.zip"
  dictionary "$sources/$source" "$sources/corpus/$corpus" "$suffix" >"$OUT/$target.dict"
  options >"$OUT/$target.options"
done <"$build/fuzz_targets.txt"
