#!/usr/bin/env bash
# Fuzzes as a project's CI does, on this machine, with neither Docker nor network: the targets are those that
# ci/oss-fuzz/build.sh builds. Usage: ci/fuzz.sh MODE [option...]
#
#   code-change  the targets that differ from --base; fails on a finding that is not known from a batch
#   batch        every target, from the corpus kept so far, which it adds to
#   prune        merges that corpus, and keeps the smallest inputs that reach the same
#   coverage     which lines of the subjects all inputs together reach, as HTML and in figures
#   regress      every seed, regression and kept input, one plain run each, under each sanitizer
#   canary       every variant must be found, or stay silent, as it declares, within its budget
#
#   --seconds N       for all targets and sanitizers together (code-change 600, batch 3600)
#   --sanitizers "S"  of address undefined thread memory (address undefined; all four where inputs are only run;
#                     prune takes one, address; coverage and canary have their own)
#   --base REF        what a code change is compared with (origin/main, or else the last commit but one)
#   --corpus DIR      where inputs are kept (build/fuzz/corpus of the repository)
#   --out DIR         where summary.json, results.sarif, logs and artifacts go (its findings/MODE); what a run
#                     before has left there goes, but for its artifacts
#
# Exit status 0 if all is well, 1 on a finding or a canary that was missed, 2 on bad usage or where something is
# missing, 130 after Ctrl-C.
# shellcheck disable=SC2317  # Modes are called by their name.
set -euo pipefail
readonly caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "fuzz: $*" >&2
  exit 2
}

# A folder that was named from where the caller stands.
folder() {
  ([[ -n $1 ]] && cd "$caller" && realpath -m -- "$1") || fail "expected a folder, not '$1'"
}

mode=${1:-}
case $mode in
  code-change) seconds=600 sanitizers='address undefined' ;;
  batch) seconds=3600 sanitizers='address undefined' ;;
  prune) seconds=0 sanitizers=address ;;
  coverage) seconds=0 sanitizers=coverage ;;
  regress) seconds=0 sanitizers='address undefined thread memory' ;;
  canary) seconds=0 sanitizers= ;;
  --help | -h)
    sed -n '2,/^# shellcheck/{/^# shellcheck/!s/^# \{0,1\}//p}' ci/fuzz.sh
    exit 0
    ;;
  *) fail "what is '$mode'? There is code-change, batch, prune, coverage, regress, canary" ;;
esac
shift
readonly kSanitizer='(address|undefined|thread|memory)'
corpus=build/fuzz/corpus out=findings/$mode base=
while (($# > 0)); do
  (($# >= 2)) || fail "$1 needs a value"
  case $1 in
    --seconds) seconds=$2 ;;
    --sanitizers)
      [[ $mode != coverage && $mode != canary ]] || fail "$mode takes no --sanitizers"
      [[ $2 =~ ^\ *$kSanitizer(\ +$kSanitizer)*\ *$ ]] ||
        fail "--sanitizers: expected one or more of address undefined thread memory, not '$2'"
      [[ $mode != prune || $2 =~ ^$kSanitizer$ ]] || fail "prune needs exactly one of --sanitizers, not '$2'"
      sanitizers=$2
      ;;
    --base) base=$2 ;;
    --corpus) corpus=$(folder "$2") ;;
    --out) out=$(folder "$2") ;;
    *) fail "what is '$1'? See ci/fuzz.sh --help" ;;
  esac
  shift 2
done
[[ $seconds =~ ^[0-9]+$ ]] || fail "expected a number of seconds, not '$seconds'"
seconds=$((10#$seconds))
[[ ! -e $out || -f $out/runs.jsonl || -z $(ls -A "$out") ]] ||
  fail "--out $out: expected a folder of an earlier run, or none, as what is there would go"

ci/install.sh >&2
# shellcheck source=ci/env.sh
source ci/env.sh
if [[ -d $out ]]; then find "$out" -mindepth 1 -maxdepth 1 ! -name artifacts -exec rm -rf {} +; fi
mkdir -p "$out/logs" "$out/artifacts" "$corpus" || fail "cannot make the folders of --out and --corpus"
out=$(realpath "$out")
corpus=$(realpath "$corpus")
readonly mode seconds sanitizers corpus out base
# What a batch has filed already.
readonly known=$corpus/known.txt
[[ ! -f $known ]] || cp "$known" "$out/known.txt"
: >"$out/runs.jsonl"

say() { echo "==> $*"; }

# libFuzzer ends in peace, with what it has learned in the corpus, and nothing is to follow.
trap 'say "interrupted; the runs so far are in $out/runs.jsonl"; exit 130' INT TERM

# A container often runs as another user than the owner of the clone, which git distrusts.
git_here() { git -c safe.directory="$PWD" "$@"; }

# Fills an array with the lines that a command prints; where it fails or prints none, nothing is well. In it -e
# holds, unless the caller's is ignored. Usage: lines_of ARRAY command...
# shellcheck disable=SC2034  # The array is the caller's.
lines_of() {
  local -n array=$1
  local text status what
  shift
  what=${*%%$'\n'*}
  set +e
  text=$(
    set -e
    "$@"
  )
  status=$?
  set -e
  ((status == 0)) || fail "cannot go on: '$what' failed"
  [[ -n $text ]] || fail "cannot go on: '$what' found nothing"
  mapfile -t array <<<"$text"
}

bin_of() { echo "build/fuzz/$1"; }

build() {
  say "building the targets for $1"
  ci/oss-fuzz/local.sh libfuzzer "$1" "$(bin_of "$1")" build/fuzz/work </dev/null >"$out/logs/build-$1.txt" 2>&1 || {
    tail -n 40 "$out/logs/build-$1.txt" >&2
    fail "the targets do not build for $1"
  }
}

# The name of each target.
target_list() {
  local sanitizer
  for sanitizer in $sanitizers; do
    cut -d ' ' -f 1 "build/fuzz/work/revenant-libfuzzer-$sanitizer-$(uname -m)/fuzz_targets.txt"
  done | sort -u
}

# What its options say, as arguments.
flags_of() { sed -n '/^\[libfuzzer\]$/,/^\[/s/^\([a-z_]*\) *= *\(.*\)$/-\1=\2/p' "$1.options"; }

# Runs a target and notes how it ended. Usage: run SANITIZER TARGET argument...
run() {
  local sanitizer=$1 target=$2 log start=$EPOCHREALTIME status=0 input program flags
  shift 2
  log=logs/$target-$sanitizer-$((++run_count)).txt
  program=$(realpath "$(bin_of "$sanitizer")/$target")
  lines_of flags flags_of "$program"
  "${TSAN_LAUNCHER[@]}" "$program" "${flags[@]}" -dict="$program.dict" -print_final_stats=1 \
    -artifact_prefix="$out/artifacts/$target-$sanitizer-" "$@" </dev/null >"$out/$log" 2>&1 || status=$?
  input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$out/$log" | tail -n 1)
  printf '{"target": "%s", "sanitizer": "%s", "status": %d, "seconds": %.1f, "executions": %d, "log": "%s", "input": "%s"}\n' \
    "$target" "$sanitizer" "$status" "$(bc_difference "$EPOCHREALTIME" "$start")" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$log" | tail -n 1 | grep . || echo 0)" \
    "$log" "$input" >>"$out/runs.jsonl"
  say "$target $sanitizer: exit status $status"
  return "$status"
}
run_count=0

bc_difference() { awk -v a="$1" -v b="$2" 'BEGIN { print a - b }'; }

# Folders of inputs for a target: what was kept, and the seeds as a service unpacks them. Usage:
# inputs_of SANITIZER TARGET
inputs_of() {
  local seeds=build/fuzz/seeds/$2
  # A prune was killed at its last moment.
  [[ ! -d $corpus/$2.old || -d $corpus/$2 ]] || mv "$corpus/$2.old" "$corpus/$2"
  rm -rf "$seeds"
  mkdir -p "$corpus/$2" "$seeds"
  unzip -q "$(bin_of "$1")/$2_seed_corpus.zip" -d "$seeds"
  echo "$corpus/$2"
  echo "$seeds"
}

# What only one target is made of.
declare -Ar kOwnPaths=(
  [fuzz_schedule]='fuzz/fuzz_schedule\.cpp|corpus/schedule/'
  [fuzz_litmus]='fuzz/fuzz_litmus\.|corpus/litmus/|src/litmus/'
)

# What a change touches of what targets are made of.
changed_files() {
  local from=$base since
  [[ -n $from ]] || from=$(git_here rev-parse -q --verify origin/main || git_here rev-parse -q --verify HEAD^) ||
    fail "no origin/main and no commit before this one to compare with: see --base"
  since=$(git_here merge-base "$from" HEAD) || fail "--base: expected a commit to compare with, not '$from'"
  git_here diff --name-only "$since" -- src fuzz cmake corpus CMakeLists.txt ci/oss-fuzz ||
    fail "git cannot compare with $since"
}

# Which targets that may affect: all, unless it is what only one target is made of. Usage: affected_targets FILES
affected_targets() {
  local target
  for target in "${!kOwnPaths[@]}"; do
    grep -vqE "^(${kOwnPaths[$target]})" <<<"$1" && continue
    echo "$target"
    return
  done
  target_list
}

# Splits the time among ${targets[@]} and the sanitizers. Usage: fuzz flag...
fuzz() {
  local each target sanitizer kept
  each=$((seconds / (${#targets[@]} * $(wc -w <<<"$sanitizers"))))
  ((each > 0)) || each=1
  for sanitizer in $sanitizers; do
    for target in "${targets[@]}"; do
      lines_of kept inputs_of "$sanitizer" "$target"
      run "$sanitizer" "$target" -max_total_time="$each" "$@" "${kept[@]}" || true
    done
  done
}

build_all() { for sanitizer in $sanitizers; do build "$sanitizer"; done; }

do_code-change() {
  local files targets
  files=$(changed_files)
  if [[ -z $files ]]; then
    say "nothing that a target is made of has changed"
    return
  fi
  build_all
  lines_of targets affected_targets "$files"
  fuzz -seed=1337 -len_control=0
}

do_batch() {
  local targets
  build_all
  lines_of targets target_list
  fuzz -reload=0
}

do_regress() {
  local targets sanitizer target kept
  build_all
  lines_of targets target_list
  for sanitizer in $sanitizers; do
    for target in "${targets[@]}"; do
      lines_of kept inputs_of "$sanitizer" "$target"
      # Neither -merge nor -fork: both pass over inputs that fail.
      run "$sanitizer" "$target" -runs=0 "${kept[@]}" || true
    done
  done
}

# The new folder takes the old one's place only when it is complete.
do_prune() {
  local targets target kept before after entries=()
  build_all
  lines_of targets target_list
  for target in "${targets[@]}"; do
    lines_of kept inputs_of "$sanitizers" "$target"
    before=$(find "${kept[0]}" -type f | wc -l)
    rm -rf "$corpus/$target.new" "$corpus/$target.old"
    mkdir "$corpus/$target.new"
    run "$sanitizers" "$target" -set_cover_merge=1 "$corpus/$target.new" "${kept[@]}" || continue
    mv "${kept[0]}" "$corpus/$target.old"
    mv "$corpus/$target.new" "${kept[0]}"
    rm -rf "$corpus/$target.old"
    after=$(find "${kept[0]}" -type f | wc -l)
    say "$target: $before inputs, now $after, seeds included"
    entries+=("\"$target\": {\"before\": $before, \"after\": $after}")
  done
  (IFS=,; echo "{\"corpus\": {${entries[*]}}}") >"$out/extra.json"
}

do_coverage() {
  local targets target kept programs=()
  build_all
  lines_of targets target_list
  for target in "${targets[@]}"; do
    lines_of kept inputs_of coverage "$target"
    LLVM_PROFILE_FILE=$out/logs/$target.profraw run coverage "$target" -runs=0 "${kept[@]}" || true
    programs+=(-object "$(bin_of coverage)/$target")
  done
  "$LLVM_BIN/llvm-profdata" merge -sparse "$out"/logs/*.profraw -o "$out/coverage.profdata"
  local cov=("${programs[@]}" -instr-profile="$out/coverage.profdata"
    -ignore-filename-regex='(/usr/|src/(base|choice|kernel|litmus|memory|native|report|run|schedule|sim)/|/fuzz/)')
  "$LLVM_BIN/llvm-cov" show "${cov[@]}" -format=html -output-dir="$out/html" >/dev/null
  "$LLVM_BIN/llvm-cov" export "${cov[@]}" -summary-only >"$out/coverage.json"
  python3 - "$out" <<'END'
import json, pathlib, sys
out = pathlib.Path(sys.argv[1])
data = json.loads((out / "coverage.json").read_text())["data"][0]
files = {f["filename"][f["filename"].rfind("src/"):]: f["summary"]["lines"]["percent"] for f in data["files"]}
total = {k: round(v["percent"], 2) for k, v in data["totals"].items() if k in ("lines", "functions", "regions", "branches")}
(out / "extra.json").write_text(json.dumps({"coverage": total, "files": {k: round(v, 2) for k, v in files.items()}}))
print("==> of the subjects:", ", ".join(f"{v} % of {k}" for k, v in total.items()))
END
  say "the page is $out/html/index.html"
}

do_canary() {
  local status=0
  say "building revenant"
  { revenant_configure release && cmake --build --preset release --target revenant; } \
    >"$out/logs/build-release.txt" 2>&1 || {
    tail -n 40 "$out/logs/build-release.txt" >&2
    fail "revenant does not build"
  }
  build/release/bin/revenant matrix --seeds 3 --json >"$out/matrix.json" || status=$?
  python3 - "$out" "$status" <<'END'
import json, pathlib, sys
out, status = pathlib.Path(sys.argv[1]), int(sys.argv[2])
rows = json.loads((out / "matrix.json").read_text())["rows"]
bad = [r["variant"] for r in rows if not r["ok"]]
(out / "extra.json").write_text(json.dumps({"ok": status == 0 and not bad, "variants": len(rows), "missed": bad}))
print(f"==> {len(rows)} variants, {len(bad)} not as declared: {' '.join(bad)}")
END
}

"do_$mode"
status=0
ci/oss-fuzz/crash_report.py collect "$out" "$mode" || status=$?
if [[ $mode == batch ]]; then
  # The next code change is not blamed for what is known.
  python3 -c 'import json, sys
for f in json.load(open(sys.argv[1]))["findings"]:
  if f["state"]: print(f["bucket"])' \
    "$out/summary.json" | sort -u - <(cat "$known" 2>/dev/null) >"$known.new"
  mv "$known.new" "$known"
fi
say "$mode: $( ((status == 0)) && echo "all is well" || echo "NOT well"); see $out/summary.json and results.sarif"
exit "$status"
