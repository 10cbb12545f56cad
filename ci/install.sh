#!/usr/bin/env bash
# Installs what is missing to build, test and fuzz Revenant on Debian 12 or Ubuntu 24.04, from the
# distribution's packages. Asks nothing; does nothing, and fast, when nothing is missing.
# --no-browser leaves out what only tests need: a browser for the HTML page, and what ci/test-oss-fuzz.sh
# puts in the place of a fuzzing service's tools.
set -euo pipefail

readonly kPreferredClang=19 kOldestClang=16 kNewestClang=40
readonly kPackages=(
  ca-certificates cmake g++ git ninja-build
  libbenchmark-dev libboost-context-dev libcli11-dev libfmt-dev libgmock-dev libgtest-dev
  liburcu-dev nlohmann-json3-dev unzip zip
)

readonly kServicePackages=(afl++ binutils python3 python3-yaml yamllint)

# For the test of the HTML page, which CMake adds on Debian alone: Ubuntu's chromium is a stub that
# wants snapd to run and fetch a browser, which a container cannot.
readonly kBrowserPackages=(chromium chromium-driver python3-selenium)

say() { echo "install: $*"; }
fail() {
  echo "install: $*" >&2
  exit 2
}

# Whether to install what only tests need; takes the script's arguments.
wants_test_tools() {
  case ${1:-} in
    --no-browser) return 1 ;;
    "") ;;
    *) fail "what is '$1'? There is --no-browser" ;;
  esac
}

# The packages of one clang version. llvm-X brings llvm-symbolizer, without which reports name no line.
clang_packages() {
  local version=$1 packages
  packages="clang-$version clang-tidy-$version clang-format-$version libclang-rt-$version-dev llvm-$version"
  # Fuzzing services compile with libc++.
  [[ -z $test_tools ]] || packages+=" libc++-$version-dev libc++abi-$version-dev"
  echo "$packages"
}

# Those of the named packages that are not installed.
missing() {
  local package
  local -A installed=()
  while read -r package; do
    installed[$package]=1
  done < <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p')
  for package; do
    [[ -n ${installed[$package]:-} ]] || echo "$package"
  done
}

# Whether apt could install (or has installed) all the packages of this clang version.
available() {
  local packages
  read -ra packages <<<"$(clang_packages "$1")"
  # One line per package that has a version; apt-cache fails only where it knows none of them.
  (($(apt-cache policy "${packages[@]}" 2>/dev/null | grep -c '^  Candidate: [^(]') == ${#packages[@]}))
}

clang_complete() {
  local packages
  read -ra packages <<<"$(clang_packages "$1")"
  [[ -z $(missing "${packages[@]}") ]]
}

# Prints the clang that can be used without installing one: 19, or, only where the distribution
# offers no 19, the newest.
installed_clang() {
  local version
  if clang_complete "$kPreferredClang"; then
    echo "$kPreferredClang"
    return
  fi
  for ((version = kNewestClang; version >= kOldestClang; version--)); do
    # The file first: asking dpkg costs more.
    if [[ -e /usr/bin/clang-$version ]] && clang_complete "$version"; then
      # Without root there is nothing better to be had.
      if [[ -z $can_install ]] || ! available "$kPreferredClang"; then echo "$version"; fi
      return
    fi
  done
}

# Prints the clang to install: 19, or else the newest that comes with all its packages.
installable_clang() {
  local version
  while read -r version; do
    if ((version >= kOldestClang)) && available "$version"; then
      echo "$version"
      return
    fi
  done < <(
    echo "$kPreferredClang"
    apt-cache search --names-only '^clang-[0-9]+$' | sed -E 's/^clang-([0-9]+) .*/\1/' | sort -rn
  )
}

command -v dpkg-query apt-get >/dev/null ||
  fail "this is not Debian or Ubuntu: install ${kPackages[*]} and clang >= $kOldestClang by hand"

packages=("${kPackages[@]}")
test_tools=
if wants_test_tools "$@"; then
  test_tools=1
  packages+=("${kServicePackages[@]}")
  if grep -qx 'ID=debian' /etc/os-release; then packages+=("${kBrowserPackages[@]}"); fi
fi

# How to become root. Passwordless only: nobody is there to type one.
can_install=1
as_root=()
if ((EUID != 0)); then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    can_install=
  fi
fi

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

clang=$(installed_clang)
mapfile -t wanted < <(missing "${packages[@]}")
if [[ -n $clang ]] && ((${#wanted[@]} == 0)); then
  say "nothing is missing (clang $clang)"
  exit 0
fi

if [[ -z $can_install ]]; then
  [[ -n $clang ]] || read -ra wanted <<<"${wanted[*]} $(clang_packages "$kPreferredClang")"
  mapfile -t wanted < <(missing "${wanted[@]}")
  fail "missing and neither root nor sudo to install them: run as root: apt-get install ${wanted[*]}"
fi

say "updating the package lists"
apt_get -qq update || fail "apt-get update failed: check the network and the package sources"

if [[ -z $clang ]]; then
  clang=$(installable_clang)
  [[ -n $clang ]] || fail "the package sources offer no clang $kOldestClang or newer"
fi
read -ra clang_wanted <<<"$(clang_packages "$clang")"
mapfile -t wanted < <(missing "${packages[@]}" "${clang_wanted[@]}")
if ((${#wanted[@]} > 0)); then
  say "installing ${wanted[*]}"
  apt_get -qq -o Dpkg::Use-Pty=0 install --no-install-recommends "${wanted[@]}" ||
    fail "apt-get could not install: ${wanted[*]}"
fi
say "done in $SECONDS s (clang $clang)"
