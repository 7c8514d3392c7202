#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes a bare Debian or Ubuntu machine ready: system packages, .venv/, the locked dependencies and
# Hall24 itself. Quick when it is done already. Exit status 2: something is missing, and the message
# names it and the command that brings it.
#
#   packaging/setup.sh [--dev]       --dev: also what ./test needs
#
# HALL24_PYTHON names another Python to build .venv/ with.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
flavour=run
[[ ${1:-} == --dev ]] && flavour=dev
venv=$root/.venv

say() { printf 'Hall24: %s\n' "$*" >&2; }
stop() {
  say "$@"
  exit 2
}

# Only one set-up at a time; the lock falls with this process, whatever ends it.
exec 9<"$root/packaging/setup.sh"
if ! flock --nonblock 9; then
  say "another set-up of this folder is running, waiting for it"
  flock 9
fi

# Nothing of the caller's Python may leak into the one made here.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONUTF8=1

find_python() {
  local candidate
  for candidate in ${HALL24_PYTHON:+"$HALL24_PYTHON"} python3.11 python3.12 python3.13 python3; do
    # Running it is the only proof: a shim or a Python without venv would be found by name, too.
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
      >/dev/null 2>&1; then
      # In an activated .venv this names the Python behind it, so that .venv can be made anew.
      "$candidate" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))'
      return 0
    fi
  done
  return 1
}

# --- system packages --------------------------------------------------------------------------

wanted_packages() { # prints "name" or "name/other" for what this machine needs
  local when package
  while IFS='|' read -r when package _; do
    when=${when// /} package=${package// /}
    case $when in
      always) echo "$package" ;;
      dev) [[ $flavour != dev ]] || echo "$package" ;;
      python) [[ -n $python ]] || echo "$package" ;;
      display) [[ -z ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] || echo "$package" ;;
    esac
  done < <(grep -v '^#' packaging/system-packages.txt)
}

missing_packages() {
  local -A installed=()
  local status package name found
  local -a wanted names=()
  mapfile -t wanted < <(wanted_packages)
  for package in "${wanted[@]}"; do
    IFS=/ read -ra found <<<"$package"
    names+=("${found[@]}")
  done
  # One question for all; it complains about names it never heard of, which is an answer, too.
  while read -r status name; do
    [[ $status == ii* || $status == hi* ]] && installed[${name%%:*}]=1
  done < <(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' "${names[@]}" 2>/dev/null)
  for package in "${wanted[@]}"; do
    [[ -n ${installed[${package%%/*}]:-} || -n ${installed[${package##*/}]:-} ]] || echo "$package"
  done
}

install_packages() {
  local -a missing as_root=() names=()
  local package name
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      stop "these system packages are missing, and installing them needs root. Run:
  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]%%/*}"
    fi
  fi
  command -v apt-get >/dev/null || stop "apt-get is missing; install by hand: ${missing[*]%%/*}"
  say "installing ${#missing[@]} system packages: ${missing[*]%%/*}"
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -qq
    -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
  "${apt[@]}" update >&2 || say "the package lists could not be renewed; going on with the old ones"
  for package in "${missing[@]}"; do
    name=${package%%/*}
    # A release that renamed the package knows only the second name as a real one.
    if [[ $package == */* ]] && ! apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
      name=${package##*/}
    fi
    names+=("$name")
  done
  "${apt[@]}" install -y --no-install-recommends "${names[@]}" >&2 9<&- ||
    stop "apt-get could not install: ${names[*]}"
}

python=$(find_python) || python=
if command -v dpkg-query >/dev/null; then
  install_packages
  [[ -n $python ]] || python=$(find_python) || python=
else
  say "this is not a Debian system; it must already have: $(wanted_packages | sed 's:/.*::' | tr '\n' ' ')"
fi
[[ -n $python ]] || stop "Python 3.11, 3.12 or 3.13 with its venv module is needed and was not found.
  On Debian 12 and newer: apt-get install python3 python3-venv. Elsewhere set HALL24_PYTHON."

# --- .venv ------------------------------------------------------------------------------------

mark() { # what an installation of one flavour was made from
  printf '%s\n' "$root" "$("$python" -VV)"
  sha256sum "packaging/$1" pyproject.toml | cut -d' ' -f1
}

done_already() {
  [[ -x $venv/bin/python && -x $venv/bin/kiosk ]] || return 1
  [[ -f $venv/.made-dev && $(<"$venv/.made-dev") == "$(mark requirements-dev.lock)" ]] && return 0
  [[ $flavour == run && -f $venv/.made-run && $(<"$venv/.made-run") == "$(mark requirements.lock)" ]]
}

build() {
  local lock=$1
  "$venv/bin/python" -m pip --version >/dev/null 2>&1 || {
    rm -rf "$venv"
    "$python" -m venv "$venv"
  }
  local -a pip=("$venv/bin/python" -m pip --quiet --retries 5 --timeout 60)
  "${pip[@]}" install --require-hashes --requirement "$lock" &&
    PYTHONWARNINGS=ignore "${pip[@]}" install --no-deps --no-build-isolation --editable .
}

done_already && exit 0

lock=packaging/requirements.lock
[[ $flavour == dev ]] && lock=packaging/requirements-dev.lock
rm -f "$venv/.made-run" "$venv/.made-dev"
# Another Python, or a folder that was moved: scripts in .venv/bin would point to the old place.
if [[ -f $venv/pyvenv.cfg ]]; then
  same=$("$venv/bin/python" -VV 2>/dev/null) || same=
  if [[ $same != "$("$python" -VV)" ]] || ! grep -qsF "#!$venv/bin/" "$venv/bin/pip"; then
    say "the old .venv does not fit this Python or this folder any more; making a new one"
    rm -rf "$venv"
  fi
fi
say "installing the locked Python packages into .venv (some 250 MB the first time)"
if ! build "$lock"; then
  say "that failed; once more from the beginning"
  rm -rf "$venv"
  build "$lock" || stop "the Python packages could not be installed; pip's reason stands above.
  Is the network there? pip reads its own settings (pip config list)."
fi
mark "${lock#packaging/}" >"$venv/.made-$flavour"
say "ready"
