#!/usr/bin/env bash
# How many inputs a second each fuzz target runs, beside a target that does nothing with inputs and
# counters of the same size, in one run of this machine. Ratios count, not figures: machines are
# noisy. On real threads the number of CPUs counts too, so the native target is shown twice: as it
# searches, with inputs of any number of CPUs, and with inputs of 3 CPUs, which the search makes as
# ever but for that; the lines after the table say how large they were.
# Usage: ci/bench.sh [SECONDS for each target, 20 by default] [PRESET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly seconds=${1:-20}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
  echo "bench: expected a number of seconds, not '$seconds'" >&2
  exit 2
}
shift || true
presets=("$@")
((${#presets[@]} > 0)) || presets=(release asan tsan)

ci/install.sh --no-browser >&2
# shellcheck source=ci/env.sh
source ci/env.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Executions a second of a target with options, fed from a corpus of its own that starts with our
# seeds. What the target says of its inputs goes to $work/inputs.
rate() {
  local preset=$1 target=$2 launcher=()
  shift 2
  [[ $preset != tsan ]] || launcher=("${TSAN_LAUNCHER[@]}")
  rm -rf "$work/corpus"
  mkdir "$work/corpus"
  "${launcher[@]}" "build/$preset/bin/$target" -max_total_time="$seconds" -seed=1 -max_len=160 \
    -print_final_stats=1 "$@" "$work/corpus" corpus/anon_vma >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    return 1
  }
  sed -n "s/^revenant: \([0-9]* inputs,\)/$preset $target $*: \1/p" "$work/log" >>"$work/inputs"
  sed -n 's/^stat::average_exec_per_sec: *//p' "$work/log"
}

printf '| preset | target | executions/s | of the empty target |\n| --- | --- | ---: | ---: |\n'
for preset in "${presets[@]}"; do
  revenant_configure "$preset" >&2
  cmake --build --preset "$preset" --target fuzz_empty fuzz_anon_vma fuzz_anon_vma_native >&2
  empty=$(rate "$preset" fuzz_empty)
  printf '| %s | fuzz_empty | %s | 1 |\n' "$preset" "$empty"
  for target in fuzz_anon_vma fuzz_anon_vma_native "fuzz_anon_vma_native --cpus=3"; do
    # shellcheck disable=SC2086  # A target and its options.
    own=$(rate "$preset" $target)
    awk -v p="$preset" -v t="$target" -v o="$own" -v e="$empty" \
      'BEGIN { printf "| %s | %s | %d | %.3f |\n", p, t, o, o / e }'
  done
done
echo
cat "$work/inputs"
