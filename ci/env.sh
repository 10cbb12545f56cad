# shellcheck shell=bash
# Sourced by the ci/ scripts after ci/install.sh: which tools to use, and how many at once.

revenant_choose_clang() {
  local version
  # 19 first: it decides format and tidy. Then the newest.
  for version in 19 $(seq 40 -1 16); do
    if command -v "clang++-$version" "clang-tidy-$version" "clang-format-$version" >/dev/null &&
      [[ -d /usr/lib/llvm-$version/bin ]]; then
      CLANG_VERSION=$version
      return
    fi
  done
  echo "ci/env.sh: no clang 16 or newer with clang-tidy and clang-format: run ci/install.sh" >&2
  return 2
}

# Each job of a sanitizer build may take a GiB; a machine with many cores need not have that much.
revenant_choose_jobs() {
  local jobs memory_jobs
  jobs=$(nproc)
  memory_jobs=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  ((memory_jobs > 0)) || memory_jobs=1
  ((jobs <= memory_jobs)) || jobs=$memory_jobs
  echo "$jobs"
}

# What must precede a program built with TSan, and the tests of such programs. Before 18, TSan dies
# where the kernel places mappings with 32 random bits; only root may read how many there are, so
# unreadable counts as 32.
# shellcheck disable=SC2034  # Whoever sources this uses it.
revenant_choose_tsan_launcher() {
  local bits=32
  TSAN_LAUNCHER=()
  if ((CLANG_VERSION >= 18)); then return; fi
  read -r bits 2>/dev/null </proc/sys/vm/mmap_rnd_bits || true
  if ((${bits:-32} < 32)); then return; fi
  if setarch -R true 2>/dev/null; then
    TSAN_LAUNCHER=(setarch -R)
  else
    echo "ci/env.sh: TSan of clang $CLANG_VERSION needs 'setarch -R', which is forbidden here: use clang 18 or newer" >&2
  fi
}

# Configures a preset's build tree. CMake keeps a tree's first compiler for ever, even where it refused it; a
# tree made with another one starts afresh. What follows the preset is for a new tree, and one that is there
# stays as it is. Usage: revenant_configure PRESET [argument...]
revenant_configure() {
  local preset=$1 cache=build/$1/CMakeCache.txt arguments=()
  shift
  grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$CXX\$" "$cache" 2>/dev/null || arguments=(--fresh "$@")
  cmake --preset "$preset" "${arguments[@]}"
}

revenant_choose_clang || return
revenant_choose_tsan_launcher
export CLANG_VERSION
CC=$(command -v "clang-$CLANG_VERSION")
CXX=$(command -v "clang++-$CLANG_VERSION")
CLANG_TIDY=$(command -v "clang-tidy-$CLANG_VERSION")
CLANG_FORMAT=$(command -v "clang-format-$CLANG_VERSION")
export CC CXX CLANG_TIDY CLANG_FORMAT

# Every sanitizer looks for a program of exactly this name on PATH, and it should be of our version.
# llvm-cov and llvm-profdata come with it.
LLVM_BIN=/usr/lib/llvm-$CLANG_VERSION/bin
[[ :$PATH: == *:$LLVM_BIN:* ]] || PATH=$LLVM_BIN:$PATH
export LLVM_BIN PATH

REVENANT_JOBS=${REVENANT_JOBS:-$(revenant_choose_jobs)}
export REVENANT_JOBS
export CMAKE_BUILD_PARALLEL_LEVEL=$REVENANT_JOBS CTEST_PARALLEL_LEVEL=$REVENANT_JOBS
