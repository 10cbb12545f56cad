#!/usr/bin/env bash
# The rules that a tool can check. One line per violation, `file:line: what and the cure`; exit
# status 1 if there is any, 2 on bad usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
usage: ci/check.sh [--fix] [format|tidy|layering|unity|docs|corpus|workflows]...
  format    clang-format of src/ and fuzz/
  tidy      clang-tidy of the .cpp files in src/ and fuzz/ but those of tests
  layering  includes against DEPENDS, DEPENDS against the order of the layers, a flavor of liburcu in one file
  unity     everything but tests compiles a module at once, as a new build tree and a fuzzing service have it
  docs      paths named in README.md and docs/ exist; no TODO, FIXME or XXX in src/ and fuzz/
  corpus    what docs/corpus.md asks of corpus/: named text with a comment, small
  workflows yamllint of the YAML files
  --fix     formats the files instead of checking the format
Without names, all.
END
}

# Each may use only those before it: DESIGN's layers.
readonly kLayers=(
  base choice memory sim native kernel subjects schedule run minimize report litmus bench cli
)
# Other versions format differently and have other checks.
readonly kJudgingClang=19
readonly kStampDir=build/check/tidy
readonly kUnityBuild=build/check/unity
readonly kTidyCommands=build/check/tidy_commands

violation_count=0

violation() {
  echo "$*"
  violation_count=$((violation_count + 1))
}

# Reports each line of the text.
violations() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || violation "$line"
  done <<<"$1"
}

# A container often runs as another user than the owner of the clone, which git distrusts.
git_here() { git -c safe.directory="$PWD" "$@"; }

# Prints the files that match the patterns (git pathspecs), whether committed or about to be.
files() {
  local file
  git_here ls-files --cached --others --exclude-standard -- "$@" | sort -u |
    while IFS= read -r file; do
      # Deleted but not yet committed.
      [[ ! -f $file ]] || echo "$file"
    done
}

sources() { files 'src/*.h' 'src/*.cpp' 'fuzz/*.h' 'fuzz/*.cpp'; }

judging_clang() {
  [[ $CLANG_VERSION == "$kJudgingClang" ]] && return
  echo "check: $1: skipped: clang $kJudgingClang decides it, and this is $CLANG_VERSION"
  return 1
}

# --- format -------------------------------------------------------------------------------------

check_format() {
  local list output lines
  judging_clang format || return 0
  mapfile -t list < <(sources)
  ((${#list[@]} > 0)) || return 0
  if [[ -n $fix ]]; then
    "$CLANG_FORMAT" -i "${list[@]}"
    return
  fi
  output=$("$CLANG_FORMAT" --dry-run -Werror "${list[@]}" 2>&1) && return
  lines=$(sed -nE 's/^([^: ]+:[0-9]+):[0-9]+: error: .*-Wclang-format-violations.*/\1: not formatted: run ci\/check.sh --fix/p' <<<"$output" | uniq)
  violations "${lines:-.clang-format:1: clang-format failed: $(head -n 1 <<<"$output")}"
}

# --- unity --------------------------------------------------------------------------------------
# Where a module is one translation unit, its files share their unnamed namespaces: a name that two of
# them have compiles everywhere but in ci/test.sh and at the service, who say so late.

configure_unity() {
  cmake -S . -B "$kUnityBuild" -G Ninja -DCMAKE_BUILD_TYPE= -DREVENANT_BUILD_TESTS=OFF \
    -DCMAKE_CXX_FLAGS="-Wshadow -Werror" \
    -DREVENANT_SANITIZE=environment -DREVENANT_FUZZ_ENGINE=-fsanitize=fuzzer 2>&1
}

check_unity() {
  local output lines
  output=$(configure_unity &&
    cmake --build "$kUnityBuild" --parallel "$REVENANT_JOBS" -- -k 0 2>&1) && return
  lines=$(grep -E '^[^ ]+:[0-9]+:[0-9]+: (error|fatal error): ' <<<"$output" |
    sed -E "s|^$PWD/||; s/^([^ ]+:[0-9]+):[0-9]+: (error|fatal error): /\1: /" | sort -u || true)
  violations "${lines:-cmake/environment.cmake:1: does not build: $(tail -n 1 <<<"$output")}"
}

# --- tidy ---------------------------------------------------------------------------------------
# A module at once, as above: most of the time goes into headers, which so are read once for all its files.
# The analyzer follows code into included sources only where a unit's name says that it is one of those.

readonly kUnitName=UnifiedSource.cxx

name_units() {
  local unit named sources
  while IFS= read -r unit; do
    named=${unit%/*}/$kUnitName
    sources=$(sed "\\|^#include \"$PWD/$kUnityBuild/|d" "$unit")  # Without what the build made.
    # What it includes decides whether it is read again.
    [[ -f $named && $(<"$named") == "$sources" ]] || echo "$sources" >"$named"
  done < <(find "$kUnityBuild" -name unity_0_cxx.cxx)
  mkdir -p "$kTidyCommands"
  sed "s|/unity_0_cxx\\.cxx|/$kUnitName|g" "$kUnityBuild/compile_commands.json" >"$kTidyCommands/compile_commands.json"
}

# A hash of everything that the result for any file depends on besides the file and its flags.
tidy_context() {
  {
    "$CLANG_TIDY" --version
    declare -f tidy_one
    files '*.clang-tidy' 'src/*.h' 'fuzz/*.h' | tr '\n' '\0' | xargs -0 -r sha256sum
  } | sha256sum
}

# The sources of a translation unit that CMake made of them, or the file itself.
sources_of_unit() {
  if [[ $1 == *.cxx ]]; then
    sed -nE "s|^#include \"$PWD/(.*)\"\$|\1|p" "$1"
  else
    echo "$1"
  fi
}

# Prints translation units that have each source among them, absolute paths.
tidy_units() {
  local unit file is_new
  local -A seen=()
  while IFS= read -r unit; do
    is_new=
    while IFS= read -r file; do
      [[ -n ${seen[$file]:-} ]] || is_new=1
      seen[$file]=1
    done < <(sources_of_unit "$unit")
    [[ -z $is_new ]] || echo "$PWD/$unit"
  done < <(find "$kUnityBuild" -name "$kUnitName" | sort)
  while IFS= read -r file; do
    [[ -n ${seen[$file]:-} ]] || echo "$PWD/$file"
  done < <(files 'src/*.cpp' 'fuzz/*.cpp' ':!*_test.cpp' ':!src/*/test_*.cpp')
}

# Runs clang-tidy on one unit unless it passed before with the same of everything; prints its
# violations. Runs in a process of its own.
tidy_one() {
  local unit=$1 stamp key output status=0 lines checks=()
  stamp=$kStampDir/${unit//\//%}
  key=$({
    echo "$TIDY_CONTEXT"
    sources_of_unit "$unit" | xargs sha256sum
    grep -F -- " $unit\"" "$kTidyCommands/compile_commands.json" || true
  } | sha256sum)
  if [[ -f $stamp && $(<"$stamp") == "$key" ]]; then return; fi
  rm -f "$stamp"
  # That a unit includes sources is none of its mistakes.
  [[ $unit != *.cxx ]] || checks=(--checks=-bugprone-suspicious-include)
  # The analyzer leaves a function earlier than it would: half of its time goes into what a library's template
  # may do, which no path of ours depends on.
  output=$("$CLANG_TIDY" -p "$kTidyCommands" --quiet "${checks[@]}" --extra-arg=-ferror-limit=0 \
    --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=30000 "$unit" 2>&1) || status=$?
  lines=$(grep -E "^$PWD/(src|fuzz)/[^ ]+:[0-9]+:[0-9]+: (error|warning|fatal error): " <<<"$output" |
    sed -E "s|^$PWD/||; s/^([^ ]+:[0-9]+):[0-9]+: (error|warning|fatal error): /\1: /; s/,-warnings-as-errors\]$/]/" || true)
  if [[ -n $lines ]]; then
    echo "$lines"
  elif ((status != 0)); then
    echo "${unit#"$PWD/"}:1: clang-tidy failed: $(tail -n 1 <<<"$output")"
  else
    echo "$key" >"$stamp"
  fi
}

check_tidy() {
  local list lines output
  judging_clang tidy || return 0
  output=$(configure_unity) || {
    violation "CMakeLists.txt:1: does not configure: $(tail -n 1 <<<"$output")"
    return
  }
  name_units
  mapfile -t list < <(tidy_units)
  mkdir -p "$kStampDir"
  TIDY_CONTEXT=$(tidy_context)
  export TIDY_CONTEXT kUnityBuild kTidyCommands kStampDir
  export -f tidy_one sources_of_unit
  # Several units may complain of the same header.
  # shellcheck disable=SC2016  # The inner bash expands it.
  lines=$(printf '%s\0' "${list[@]}" |
    xargs -0 -n 1 -P "$REVENANT_JOBS" bash -euo pipefail -c 'tidy_one "$1"' tidy_one | sort -u)
  violations "$lines"
}

# --- layering -----------------------------------------------------------------------------------
# A module is known by its folder below src/ ("sim", "subjects/anon_vma").

# Prints "folder line keyword word" for each word of each module's declaration in a CMakeLists.txt,
# and one line with keyword NAME.
cmake_modules() {
  local file=$1 dir
  dir=$(dirname "$file")
  awk -v dir="${dir#src/}" '
    { sub(/#.*/, ""); gsub(/[()]/, " & ") }
    {
      for (i = 1; i <= NF; i++) {
        if ($i == "revenant_module" || $i == "revenant_subject") { state = "name" }
        else if (state == "") { }
        else if ($i == "(") { }
        else if ($i == ")") { state = "" }
        else if (state == "name") { state = "FLAG"; print dir, FNR, "NAME", $i }
        else if ($i ~ /^[A-Z][A-Z_]+$/) { state = $i }
        else { print dir, FNR, state, $i }
      }
    }' "$file"
}

declare -A folder_of depends test_depends test_files declared_at
module_folders=()

read_modules() {
  local cmake folder line keyword word
  while IFS= read -r cmake; do
    while read -r folder line keyword word; do
      case $keyword in
        NAME)
          folder_of[$word]=$folder
          # Others name a subject so.
          if [[ $folder == subjects/* ]]; then folder_of[subject_$word]=$folder; fi
          if [[ -z ${declared_at[$folder]:-} ]]; then module_folders+=("$folder"); fi
          declared_at[$folder]=$cmake:$line
          ;;
        DEPENDS) depends[$folder]+=" $word:$line" ;;
        TEST_DEPENDS) test_depends[$folder]+=" $word:$line" ;;
        TESTS) test_files["src/$folder/$word"]=1 ;;
      esac
    done < <(cmake_modules "$cmake")
  done < <(files 'src/*/CMakeLists.txt')
}

# Prints the module that a path below src/ belongs to: the innermost declared folder around it.
module_of() {
  local folder=$1
  while [[ $folder == */* ]]; do
    folder=${folder%/*}
    if [[ -n ${declared_at[$folder]:-} ]]; then
      echo "$folder"
      return
    fi
  done
}

layer_of() {
  local i
  for i in "${!kLayers[@]}"; do
    if [[ ${kLayers[i]} == "${1%%/*}" ]]; then echo "$i"; fi
  done
}

# Adds to the array `reached` all that a module may include.
reach() {
  local folder=$1 entry dependency
  if [[ -n ${reached[$folder]:-} ]]; then return; fi
  reached[$folder]=1
  for entry in ${depends[$folder]:-}; do
    # Names that are no modules are libraries.
    dependency=${folder_of[${entry%:*}]:-}
    if [[ -n $dependency ]]; then reach "$dependency"; fi
  done
}

# Whether a module of this folder may depend on one of that folder.
may_depend() {
  local from=$1 to=$2
  # Within a layer a module may have parts, but subjects know nothing of each other.
  if [[ ${from%%/*} == "${to%%/*}" ]]; then
    [[ $from != subjects/* || $to != subjects/* || $from == "$to" ]]
    return
  fi
  (($(layer_of "$to") < $(layer_of "$from")))
}

check_layer_order() {
  local folder entry dependency
  for folder in "${module_folders[@]}"; do
    if [[ -z $(layer_of "$folder") ]]; then
      violation "${declared_at[$folder]}: src/$folder is in no layer: add it to kLayers in ci/check.sh or move it"
    fi
  done
  for folder in "${module_folders[@]}"; do
    for entry in ${depends[$folder]:-}; do
      dependency=${folder_of[${entry%:*}]:-}
      if [[ -z $dependency || -z $(layer_of "$dependency") || -z $(layer_of "$folder") ]]; then
        continue
      fi
      may_depend "$folder" "$dependency" ||
        violation "${declared_at[$folder]%:*}:${entry##*:}: $folder may not depend on $dependency: the order is ${kLayers[*]}"
    done
  done
}

# One #include "..." of one file.
check_include() {
  local file=$1 line=$2 included=$3 owner target cure
  owner=$(module_of "${file#src/}")
  target=$(module_of "$included")
  if [[ $included != */* && -f $(dirname "$file")/$included ]]; then
    cure=$(dirname "${file#src/}")/$included
    violation "$file:$line: includes \"$included\": write it from src/: \"$cure\""
    return
  fi
  # A folder that src/ does not have belongs to a library.
  if [[ -z $target && ! -d src/${included%%/*} || $included != */* ]]; then return; fi
  if [[ -z $owner ]]; then
    violation "$file:$line: belongs to no module: declare one with revenant_module in its folder"
  elif [[ -z $target ]]; then
    violation "$file:$line: includes \"$included\", which belongs to no module: declare one with revenant_module"
  elif [[ -z ${reached[$target]:-} ]]; then
    violation "$file:$line: includes \"$included\", but $target is not among what $owner depends on: add it to $reached_by or do without it"
  fi
}

# Sets `reached` and `reached_by` for a file.
reach_from_file() {
  local file=$1 owner entry dependency
  reached=()
  reached_by=DEPENDS
  owner=$(module_of "${file#src/}")
  if [[ -z $owner ]]; then return; fi
  reach "$owner"
  if [[ $file != *_test.cpp && -z ${test_files[$file]:-} ]]; then return; fi
  reached_by=TEST_DEPENDS
  for entry in ${test_depends[$owner]:-}; do
    dependency=${folder_of[${entry%:*}]:-}
    if [[ -n $dependency ]]; then reach "$dependency"; fi
  done
}

# Prints "file:line:included" for each include directive with this opening sign.
includes() {
  local sign=$1
  shift
  # /dev/null: grep names the file only where there are several.
  grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*$sign" "$@" /dev/null |
    sed -E "s/^([^:]+:[0-9]+:)[^<\"]*[<\"]([^>\"]*).*/\1\2/" || true
}

check_includes() {
  local list file line included previous=
  local -A reached=()
  local reached_by
  mapfile -t list < <(files 'src/*.h' 'src/*.cpp')
  ((${#list[@]} > 0)) || return 0
  while IFS=: read -r file line included; do
    if [[ $file != "$previous" ]]; then
      reach_from_file "$file"
      previous=$file
    fi
    check_include "$file" "$line" "$included"
  done < <(includes '"' "${list[@]}")
}

check_liburcu() {
  local list file line included
  local -A header_of=() file_of=()
  mapfile -t list < <(sources)
  ((${#list[@]} > 0)) || return 0
  while IFS=: read -r file line included; do
    case $included in
      urcu.h | urcu-*.h | urcu/*) ;;
      *) continue ;;
    esac
    if [[ $file == *.h ]]; then
      violation "$file:$line: a header includes <$included>, which renames our rcu_read_lock: move it into the one .cpp"
    elif [[ ${file_of[$included]-$file} != "$file" ]]; then
      violation "$file:$line: includes <$included>, as ${file_of[$included]} does: a flavor belongs in one .cpp only"
    elif [[ ${header_of[$file]-$included} != "$included" ]]; then
      violation "$file:$line: includes <$included> beside <${header_of[$file]}>: each flavor has a .cpp of its own"
    else
      file_of[$included]=$file
      header_of[$file]=$included
    fi
  done < <(includes '[<"]' "${list[@]}")
}

check_layering() {
  read_modules
  check_layer_order
  check_includes
  check_liburcu
}

# --- docs ---------------------------------------------------------------------------------------

# Prints "file:line:path" for each backticked path outside code blocks. Of `ci/x.sh --fix` and
# `src/x.h:12`, the path is what comes first; patterns are left out.
documented_paths() {
  awk '
    FNR == 1 { fenced = 0 }
    /^[ \t]*(```|~~~)/ { fenced = !fenced; next }
    fenced { next }
    {
      count = split($0, part, "`")
      for (i = 2; i < count; i += 2) {
        if (part[i] !~ /^(src|fuzz|corpus|ci|docs)\//) continue
        split(part[i], word, /[ \t]/)
        if (word[1] ~ /[<>*{}$?]|…|\.\.\./) continue
        sub(/:[0-9][0-9:-]*$/, "", word[1])
        sub(/#.*/, "", word[1])
        sub(/[,;.:]+$/, "", word[1])
        print FILENAME ":" FNR ":" word[1]
      }
    }' "$@"
}

check_docs() {
  local list file line path lines
  mapfile -t list < <(files README.md 'docs/*.md')
  if ((${#list[@]} > 0)); then
    while IFS=: read -r file line path; do
      [[ -e $path ]] || violation "$file:$line: \`$path\` does not exist: correct the path or remove it"
    done < <(documented_paths "${list[@]}")
  fi
  mapfile -t list < <(files src fuzz)
  if ((${#list[@]} > 0)); then
    lines=$({ grep -nIwE 'TODO|FIXME|XXX' "${list[@]}" /dev/null || true; } |
      sed -E 's/^([^:]+:[0-9]+):.*\b(TODO|FIXME|XXX)\b.*/\1: \2: do it now, or write it down outside the code/')
    violations "$lines"
  fi
}

# --- corpus -------------------------------------------------------------------------------------

readonly kMaxSeedBytes=2048 kMaxSeeds=100 kMaxLitmusTests=400

check_corpus() {
  check_schedules
  check_litmus_tests
}

check_schedules() {
  local list file folder
  local -A count=()
  mapfile -t list < <(files corpus ':!corpus/litmus')
  for file in "${list[@]}"; do
    folder=$(dirname "$file")
    count[$folder]=$((${count[$folder]:-0} + 1))
    if [[ ! $file =~ ^corpus/[a-z0-9_]+/(regressions/)?[a-z0-9_]+\.schedule$ ]]; then
      violation "$file:1: a seed is corpus/SUBJECT/NAME.schedule, a regression corpus/SUBJECT/regressions/NAME.schedule, NAME of a-z, 0-9 and _"
    elif [[ $(head -c 9 "$file") != "schedule " ]]; then
      violation "$file:1: no text: revenant decode SUBJECT FILE"
    elif ! grep -q '^#' "$file"; then
      violation "$file:1: has no comment that says what it shows"
    elif (($(wc -c <"$file") > kMaxSeedBytes)); then
      violation "$file:1: more than $kMaxSeedBytes bytes: revenant minimize"
    fi
  done
  for folder in "${!count[@]}"; do
    ((count[$folder] <= kMaxSeeds)) || violation "$folder:1: more than $kMaxSeeds files: what a fuzzer keeps belongs elsewhere"
  done
}

# They are in the form of their community, which names a test in its first line.
check_litmus_tests() {
  local list file name first
  local -A file_of=()
  mapfile -t list < <(files corpus/litmus ':!corpus/litmus/*/states.txt')
  for file in "${list[@]}"; do
    name=${file##*/}
    name=${name%.litmus}
    IFS= read -r first <"$file" || true
    if [[ ! $file =~ ^corpus/litmus/[a-z]+/[A-Za-z0-9.+_-]+\.litmus$ ]]; then
      violation "$file:1: a litmus test is corpus/litmus/FOLDER/NAME.litmus, NAME of letters, digits and .+_-"
    elif [[ "$first " != "C $name "* ]]; then
      violation "$file:1: does not begin with 'C $name'"
    elif [[ -n ${file_of[$name]:-} ]]; then
      violation "$file:1: has the name of ${file_of[$name]}, and an archive of seeds has no folders"
    fi
    file_of[$name]=$file
  done
  violations "$(find corpus/litmus -name '*.litmus' -size +"$kMaxSeedBytes"c \
    -printf "%p:1: more than $kMaxSeedBytes bytes: leave out what its question does not need\\n")"
  ((${#list[@]} <= kMaxLitmusTests)) ||
    violation "corpus/litmus:1: more than $kMaxLitmusTests tests, which all run at every start of a target"
}

# --- workflows ----------------------------------------------------------------------------------

check_workflows() {
  local list lines
  if ! command -v yamllint >/dev/null; then
    echo "check: workflows: skipped: no yamllint, which ci/install.sh installs"
    return
  fi
  mapfile -t list < <(files '*.yml' '*.yaml')
  lines=$(yamllint --format parsable -d '{extends: default, rules: {line-length: {max: 130}, document-start: disable, truthy: {check-keys: false}}}' "${list[@]}" |
    sed -E 's/^([^:]+:[0-9]+):[0-9]+: \[[a-z]+\] /\1: /' || true)
  violations "$lines"
}

# --- main ---------------------------------------------------------------------------------------

fix=
selected=()
for argument; do
  case $argument in
    --fix) fix=1 ;;
    --help | -h)
      usage
      exit 0
      ;;
    format | tidy | layering | unity | docs | corpus | workflows) selected+=("$argument") ;;
    *)
      echo "check: what is '$argument'? See ci/check.sh --help" >&2
      exit 2
      ;;
  esac
done
((${#selected[@]} > 0)) || selected=(format tidy layering unity docs corpus workflows)
git_here rev-parse --git-dir >/dev/null || {
  echo "check: needs git to know the project's files" >&2
  exit 2
}
# shellcheck source=ci/env.sh
source ci/env.sh

for check in "${selected[@]}"; do
  before=$violation_count start=$SECONDS
  "check_$check"
  echo "check: $check: $((violation_count - before)) violations, $((SECONDS - start)) s"
done
((violation_count == 0)) || exit 1
