#!/usr/bin/env bash
# Runs build.sh on this machine as OSS-Fuzz's base-builder image would run it: the same variables, with the
# flags of its `compile` script. Debian's clang takes the place of the image's, and libstdc++ that of
# libc++, which Debian's libFuzzer is not built for; with --libc++ a target has both, one for each half.
# So it is for MemorySanitizer always: libstdc++'s strings would be shared with code that it cannot see.
# Usage: ci/oss-fuzz/local.sh ENGINE SANITIZER OUT WORK [--libc++ | --thread-in-undefined]
set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

fail() {
  echo "local.sh: $*" >&2
  exit 2
}

(($# >= 4)) || fail "usage: local.sh ENGINE SANITIZER OUT WORK [--libc++ | --thread-in-undefined]"
readonly engine=$1 sanitizer=$2
mkdir -p "$3" "$4"
OUT=$(realpath "$3")
WORK=$(realpath "$4")
SRC=$(realpath "$here/../../..")
recipe_arguments=()
standard_library=
case ${5:-} in
  "") ;;
  --libc++) standard_library=-stdlib=libc++ ;;
  --thread-in-undefined) recipe_arguments=("$5") ;;
  *) fail "what is '$5'? There is --libc++ and --thread-in-undefined" ;;
esac
# shellcheck source=ci/env.sh
source "$here/../env.sh"

flags="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
readonly undefined=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr
coverage=
linked=
case $engine in
  libfuzzer)
    coverage=-fsanitize=fuzzer-no-link
    LIB_FUZZING_ENGINE=-fsanitize=fuzzer
    ;;
  afl)
    # Debian's afl-clang-fast has passes for an older clang: ours instruments by itself.
    export AFL_CC=$CC AFL_CXX=$CXX AFL_LLVM_INSTRUMENT=LLVM-NATIVE AFL_QUIET=1
    CC=$(command -v afl-clang-fast) CXX=$(command -v afl-clang-fast++) ||
      fail "no afl-clang-fast: run ci/install.sh"
    LIB_FUZZING_ENGINE=/usr/lib/afl/libAFLDriver.a
    ;;
  honggfuzz | centipede)
    case $engine in
      honggfuzz) coverage=-fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp ;;
      centipede)
        coverage=-fsanitize-coverage=trace-pc-guard,pc-table,trace-cmp
        flags="-O2 -fno-builtin ${flags#-O1 }"
        ;;
    esac
    # Debian has neither engine: a stand-in with the symbols and the calls of its contract.
    LIB_FUZZING_ENGINE=$WORK/$engine.o
    "$CC" -O1 -c "$here/stub_$engine.c" -o "$LIB_FUZZING_ENGINE"
    ;;
  *) fail "no engine '$engine': libfuzzer, afl, honggfuzz or centipede" ;;
esac
case $sanitizer in
  none) ;;
  address) flags+=" -fsanitize=address -fsanitize-address-use-after-scope" ;;
  undefined) flags+=" -fsanitize=$undefined,unsigned-integer-overflow -fno-sanitize-recover=$undefined" ;;
  thread) flags+=" -fsanitize=thread" ;;
  memory)
    flags+=" -fsanitize=memory -fsanitize-memory-track-origins"
    standard_library=-stdlib=libc++
    ;;
  coverage)
    flags+=" -fprofile-instr-generate -fcoverage-mapping -pthread"
    coverage=
    ;;
  introspector)
    flags="-O0 ${flags#-O1 } -flto -fno-inline-functions"
    coverage=-fsanitize=fuzzer-no-link
    if command -v ld.gold >/dev/null && [[ -e $LLVM_BIN/../lib/LLVMgold.so ]]; then
      linked=-fuse-ld=gold
    elif command -v ld.lld >/dev/null; then
      linked=-fuse-ld=lld
    fi
    ;;
  *) fail "no sanitizer '$sanitizer': address, undefined, thread, memory, coverage, introspector or none" ;;
esac

# libFuzzer's own half, by the name of its file: clang reads -lstdc++ as -lc++ then.
[[ -z $standard_library || $engine != libfuzzer ]] || LIB_FUZZING_ENGINE+=" -l:libstdc++.so.6"

export OUT SRC WORK CC CXX LIB_FUZZING_ENGINE FUZZING_ENGINE=$engine SANITIZER=$sanitizer
ARCHITECTURE=$(uname -m)
export ARCHITECTURE
export CFLAGS="$flags $coverage" CXXFLAGS="$flags $coverage $standard_library" LDFLAGS="$linked"
[[ $sanitizer != introspector ]] || export AR=$LLVM_BIN/llvm-ar RANLIB=$LLVM_BIN/llvm-ranlib
# A variable that the recipe does not name is not there.
mapfile -t passed < <(env | grep -E "^(AFL_|AR=|RANLIB=|CCACHE_|CMAKE_CXX_COMPILER_LAUNCHER=)")
exec env -i "${passed[@]}" PATH="$PATH" HOME="${HOME:-/}" CC="$CC" CXX="$CXX" CFLAGS="$CFLAGS" CXXFLAGS="$CXXFLAGS" \
  LDFLAGS="$LDFLAGS" LIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" SANITIZER="$SANITIZER" \
  FUZZING_ENGINE="$FUZZING_ENGINE" ARCHITECTURE="$ARCHITECTURE" OUT="$OUT" SRC="$SRC" WORK="$WORK" \
  "$here/build.sh" "${recipe_arguments[@]}"
