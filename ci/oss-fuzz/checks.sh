# shellcheck shell=bash
# Sourced by ci/test-oss-fuzz.sh: what is checked of a target that was built for a service. The thresholds
# are those of OSS-Fuzz's bad_build_check. Expects $work, and sources and build folder gone.

die() {
  echo "test-oss-fuzz: $*" >&2
  exit 1
}

# Calls of a sanitizer's runtime in a program.
calls_of() {
  objdump -dC --no-show-raw-insn "$2" | grep -cE "callq?\s+[0-9a-f]+ <__$1" || true
}

# The runtimes call each other, in a target that is not ours too. Usage: calls_in_empty PREFIX SANITIZER
calls_in_empty() {
  # shellcheck disable=SC2154  # Whoever sources this has it.
  local empty=$work/empty-$2
  if [[ ! -e $empty ]]; then
    echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
      "$CXX" -fsanitize="$2" -fsanitize=fuzzer -x c++ - -o "$empty"
  fi
  calls_of "$1" "$empty"
}

check_instrumented() {
  local sanitizer=$1 program=$2 own foreign
  case $sanitizer in
    address) own=asan foreign='msan tsan' ;;
    memory) own=msan foreign='asan tsan' ;;
    thread) own=tsan foreign='asan msan' ;;
    undefined) own=ubsan foreign='asan msan tsan' ;;
    thread+undefined) own='ubsan tsan' foreign='asan msan' ;;
    *) own='' foreign='asan msan tsan' ;;
  esac
  local prefix least
  for prefix in $own; do
    least=1000
    [[ $prefix != ubsan ]] || least=200
    (($(calls_of "$prefix" "$program") >= least)) || die "$program is not instrumented for $prefix"
  done
  for prefix in $foreign; do
    (($(calls_of "$prefix" "$program") <= 3)) || die "$program is instrumented for $prefix too"
  done
  # The runtimes of other sanitizers hold UBSan's own: 173 calls with clang 19. We may add none.
  case $sanitizer in
    address | memory | thread)
      (($(calls_of ubsan "$program") <= $(calls_in_empty ubsan "$sanitizer") + 27)) ||
        die "$program is instrumented for ubsan too"
      ;;
  esac
}

# Runs a target as run_fuzzer does: in its folder, which is not ours to write to, with its options and
# dictionary. Writes $work/output; returns its status.
run_target() {
  local program=$1 flags=()
  shift
  mapfile -t flags < <(sed -n '/^\[libfuzzer\]$/,/^\[/s/^\([a-z_]*\) *= *\(.*\)$/-\1=\2/p' "$program.options")
  (cd "$work/cwd" && env -u OUT LLVM_PROFILE_FILE=/dev/null timeout 300 "${TSAN_LAUNCHER[@]}" \
    "$program" "${flags[@]}" -dict="$program.dict" "$@") </dev/null >"$work/output" 2>&1
}

expect_done() {
  local what=$1
  shift
  run_target "$@" || {
    tail -n 40 "$work/output" >&2
    die "$1: $what: exit status not 0"
  }
}

expect_line() {
  grep -qaE -- "$1" "$work/output" || {
    tail -n 40 "$work/output" >&2
    die "$2: no line '$1'"
  }
}

no_litter() {
  [[ -z $(ls -A "$work/cwd") ]] || die "$1 leaves behind: $(ls -A "$work/cwd")"
}

check_start() {
  local program=$1 sanitizer=$2
  expect_done "bare --" "$program" -- -seed=1337 -runs=4
  expect_done "4 runs" "$program" -seed=1337 -runs=4
  expect_line 'Done 4 runs' "$program"
  # A misspelt option is a warning.
  ! grep -qaE 'unrecognized flag|ParseDictionaryFile: error' "$work/output" || die "$program: its options or dictionary do not parse"
  if [[ $sanitizer != coverage ]]; then
    local edges
    edges=$(sed -nE 's/.*Loaded 1 modules +\(([0-9]+) .*/\1/p' "$work/output" | head -n 1)
    ((${edges:-0} >= 100)) || die "$program: ${edges:-0} edges are too few"
  fi
}

check_seeds() {
  local program=$1 seeds=$2
  unzip -q -o "${program}_seed_corpus.zip" -d "$seeds"
  [[ -n $(ls -A "$seeds") ]] || die "$program: no seeds"
  expect_done "seeds" "$program" -runs=0 "$seeds"
}

# CIFuzz runs a case a hundred times in one process, and files what fails each time; what takes more than
# 30 s counts as not reproducible. An input is to take less than 50 ms, which only a quiet machine can tell.
readonly kMaxHundredMs=30000

check_hundred() {
  local program=$1 seeds=$2 slowest
  expect_done "100 times" "$program" -runs=100 "$seeds"/*
  slowest=$(sed -nE 's/^Executed .* in ([0-9]+) ms.*/\1/p' "$work/output" | sort -n | tail -n 1)
  [[ -n $slowest ]] || die "$program: says not how long its seeds take"
  ((slowest <= kMaxHundredMs)) || die "$program: a seed takes $slowest ms a hundred times"
  echo "    ${program##*/}: a hundred runs of the slowest seed take $slowest ms"
}

check_merge() {
  local program=$1 seeds=$2
  mkdir -p "$work/merged"
  expect_done "merge" "$program" -merge=1 -timeout=100 "$work/merged" "$seeds"
  # Without coverage only extra counters tell one input from another, and not every target has them.
  [[ -n $(ls -A "$work/merged") || $3 == coverage ]] || die "$program: a merge keeps nothing"
  rm -rf "$work/merged"
}

check_fork() {
  mkdir -p "$work/forked"
  expect_done "fork" "$1" -fork=1 -runs=2000 -max_total_time=3 "$work/forked" "$2"
  rm -rf "$work/forked"
}

# As whoever takes a machine back does it.
check_signal() {
  local program=$1 signal=$2 status=0 process i
  : >"$work/output"
  (cd "$work/cwd" && exec "${TSAN_LAUNCHER[@]}" "$program" -seed=1 </dev/null >"$work/output" 2>&1) &
  process=$!
  until grep -qa 'INITED' "$work/output"; do
    kill -0 "$process" 2>/dev/null || die "$program ends before it is told to"
    read -r -t 0.05 <> <(:) || true
  done
  kill "-$signal" "$process"
  for ((i = 0; i < 600; ++i)); do
    kill -0 "$process" 2>/dev/null || break
    read -r -t 0.1 <> <(:) || true
  done
  ! kill -0 "$process" 2>/dev/null || {
    kill -KILL "$process"
    die "$program: goes on a minute after SIG$signal"
  }
  wait "$process" || status=$?
  ((status == 72)) || die "$program: SIG$signal gives exit status $status, not 72"
}

# The same finding, in a hundred processes.
check_same_finding() {
  local program=$1 seeds=$2 seed i
  seed=$seeds/recycle_2010.schedule
  for ((i = 0; i < 100; ++i)); do
    ! run_target "$program" --variant=as_posted "$seed" || die "$program: no finding in $seed"
    grep -a '^DEDUP_TOKEN: ' "$work/output"
  done | sort | uniq -c >"$work/tokens"
  [[ $(wc -l <"$work/tokens") == 1 && $(<"$work/tokens") =~ ^\ *100\  ]] ||
    die "$program: not 100 times the same finding: $(<"$work/tokens")"
  rm -f "$work/cwd"/crash-*
}

check_libfuzzer() {
  local sanitizer=$1 program=$2 seeds
  seeds=$(mktemp -d -p "$work")
  check_instrumented "$sanitizer" "$program"
  check_start "$program" "$sanitizer"
  check_seeds "$program" "$seeds"
  check_merge "$program" "$seeds" "$sanitizer"
  case $sanitizer in
    coverage | introspector) ;;
    *)
      check_hundred "$program" "$seeds"
      check_fork "$program" "$seeds"
      check_signal "$program" TERM
      check_signal "$program" INT
      ;;
  esac
  [[ $sanitizer != address || $program != */fuzz_anon_vma ]] || check_same_finding "$program" "$seeds"
  no_litter "$program"
}

# A stub says what came in through the callbacks of its engine's contract.
check_stub() {
  local engine=$1 program=$2 seeds said
  seeds=$(mktemp -d -p "$work")
  unzip -q "${program}_seed_corpus.zip" -d "$seeds"
  said=$("$program" "$seeds"/*) || die "$program: exit status not 0"
  local -A count=()
  local words i
  read -ra words <<<"${said##*$'\n'}"
  for ((i = 0; i + 1 < ${#words[@]}; i += 2)); do count[${words[i]}]=${words[i + 1]}; done
  # The services' limit is of edges that there are; that the seeds of a small subject meet so many is not said.
  ((count[guards] >= 100 && count[edges] >= 50)) || die "$program: too little coverage: $said"
  [[ $engine != centipede ]] || ((count[pcs] == count[guards])) || die "$program: no table of PCs: $said"
  # Readers of text compare bytes of their input. Subjects compare words of their own, which no engine is to
  # see, and have features of their own instead.
  case $program in
    */fuzz_schedule | */fuzz_litmus)
      ((count[comparisons] > 0)) || die "$program: no comparisons come in: $said"
      ;;
    *)
      ((count[hit] >= 100)) || die "$program: extra counters do not come in: $said"
      ((count[comparisons] == 0)) || die "$program: comparisons of the subject come in: $said"
      ;;
  esac
  echo "    ${program##*/} $engine: $said"
}

check_build() {
  local engine=${1%%:*} sanitizer=${1##*:} folder=$2 target
  shift 2
  mkdir -p "$work/cwd"
  [[ $engine != afl ]] || { check_afl "$folder" "$@" && return; }
  for target; do
    case $engine in
      libfuzzer) check_libfuzzer "$sanitizer" "$folder/$target" ;;
      *) check_stub "$engine" "$folder/$target" ;;
    esac
  done
}

# --- AFL++ --------------------------------------------------------------------------------------

readonly kAflSeconds=${REVENANT_AFL_SECONDS:-60} kAflCanarySeconds=300

afl() {
  # No question to the machine's settings: crashes are told by exit status, and nobody measures.
  AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
    AFL_FORKSRV_INIT_TMOUT=30000 afl-fuzz "$@" </dev/null >"$work/afl-$BASHPID" 2>&1
}

afl_stat() { sed -nE "s/^$1 +: *([0-9.]+).*/\1/p" "$2/default/fuzzer_stats"; }

# One target from its seeds: it must run, keep its verdicts, and reach more than its own edges.
run_afl() {
  local program=$1 out=$2 seeds
  seeds=$(mktemp -d -p "$work")
  unzip -q "${program}_seed_corpus.zip" -d "$seeds"
  afl -V "$kAflSeconds" -t 5000+ -i "$seeds" -o "$out" -x "$program.dict" -- "$program" ||
    die "AFL++ cannot run $program"
  (($(afl_stat edges_found "$out") > 100)) || die "$program: AFL++ sees $(afl_stat edges_found "$out") edges"
  (($(afl_stat saved_crashes "$out") == 0)) || die "$program: AFL++ finds a crash in a clean variant"
  echo "    ${program##*/} afl: $(afl_stat execs_done "$out") runs in $kAflSeconds s," \
    "$(afl_stat edges_found "$out") of $(afl_stat total_edges "$out") edges," \
    "stability $(afl_stat stability "$out") %"
}

# The canary, from a seed that says nothing of it: two ops on two CPUs.
find_canary_by_afl() {
  local program=$1 crash
  mkdir "$work/afl-seed"
  printf 'schedule anon_vma\ncpu 0: lock page0\ncpu 1: fault mm0 page0\n' >"$work/afl-seed/two_ops"
  AFL_BENCH_UNTIL_CRASH=1 afl -V "$kAflCanarySeconds" -i "$work/afl-seed" -o "$work/afl-canary" \
    -x "$program.dict" -- "$program" --variant=as_posted || die "AFL++ cannot run the canary"
  crash=$(find "$work/afl-canary/default/crashes" -name 'id:*' | head -n 1)
  [[ -n $crash ]] || die "AFL++ does not find the recycle in as_posted in $kAflCanarySeconds s"
  "$program" --variant=as_posted "$crash" >"$work/output" 2>&1 || true
  expect_line '^# Check failed: recycled-object in anon_vma' "$program"
  echo "    AFL++ finds the recycle in as_posted after $(sed -nE 's/.*,time:([0-9]+),execs:([0-9]+).*/\1 ms, \2 runs/p' <<<"$crash")"
}

check_afl() {
  local folder=$1 target processes=() process
  shift
  for target; do
    run_afl "$folder/$target" "$work/afl-out-$target" &
    processes+=($!)
  done
  for process in "${processes[@]}"; do wait "$process" || die "AFL++ failed"; done
  find_canary_by_afl "$folder/fuzz_anon_vma"
}

# --- buckets ------------------------------------------------------------------------------------

# Its one hole shows in three ways, and each build meets its own first: ASan and TSan end the process, and
# UBSan knows nothing of freed memory, so that there a judge speaks.
readonly kBucketVariant=m32_lock_by_vma

# Searches until the target's output has the line; it lies in $work/NAME.txt then.
find_finding() {
  local program=$1 line=$2 name=$3 first_seed=$4 seed
  for ((seed = first_seed; seed < first_seed + 20; ++seed)); do
    run_target "$program" --variant="$kBucketVariant" -seed="$seed" -runs=200000 || true
    cp "$work/output" "$work/$name.txt"
    rm -f "$work/cwd"/crash-*
    ! grep -qaE "$line" "$work/output" || return 0
  done
  die "$program: no '$line' with 20 seeds"
}

same_bucket() { python3 "$work/crash_report.py" same "$work/$1.txt" "$work/$2.txt"; }

# Findings of one variant: a judge's, a race and ASan's are three bugs, and one finding of two inputs is one.
check_buckets() {
  local address=$1 thread=$2 undefined=$3 one other
  find_finding "$undefined/fuzz_anon_vma" '^# Check failed: bug-on' judge 1
  find_finding "$undefined/fuzz_anon_vma" '^# Check failed: bug-on' judge_again 101
  find_finding "$thread/fuzz_anon_vma" '^WARNING: ThreadSanitizer: data race' race 1
  find_finding "$address/fuzz_anon_vma" 'ERROR: AddressSanitizer: use-after-poison' freed 1
  find_finding "$address/fuzz_anon_vma" 'ERROR: AddressSanitizer: use-after-poison' freed_again 101
  for one in judge freed; do
    [[ $(grep -a '^artifact_prefix' "$work/$one.txt") != $(grep -a '^artifact_prefix' "$work/${one}_again.txt") ]] ||
      die "two seeds find the same input"
    same_bucket "$one" "${one}_again" || die "$one: one finding of two inputs has two buckets"
  done
  for one in judge race freed; do
    for other in judge race freed; do
      [[ $one == "$other" ]] || ! same_bucket "$one" "$other" || die "$one and $other share a bucket"
    done
  done
  python3 "$work/crash_report.py" bucket "$work"/{judge,race,freed}.txt |
    python3 -c 'import json, sys; [print("    bucket:", "; ".join([b["type"], *b["state"]])) for b in json.load(sys.stdin)]'
}
