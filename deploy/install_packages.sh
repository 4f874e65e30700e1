#!/usr/bin/env bash
# Installs what is missing of deploy/packages.txt. Says nothing, needs no network and no rights when
# all of it is there. Removes nothing, ever.
#
#   deploy/install_packages.sh [product|tests]    (tests includes product; default: product)
#
# Exit codes: 0 all is there, 64 usage, 69 cannot be installed here, 77 not allowed to install.
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
group=${1:-product}
case $group in
  product | tests) ;;
  *)
    echo "usage: deploy/install_packages.sh [product|tests]" >&2
    exit 64
    ;;
esac

stop() {
  local code=$1
  shift
  printf '%s\n' "$@" >&2
  exit "$code"
}

wanted=()
while read -r kind package _; do
  if [[ $kind == product || $kind == "$group" ]]; then
    wanted+=("$package")
  fi
done <"$here/packages.txt"

declare -A installed=()
if command -v dpkg-query >/dev/null; then
  # It fails when a package is unknown, which is the question and no fault.
  while read -r status package; do
    [[ $status == installed ]] && installed[$package]=1
  done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
fi

missing=()
for package in "${wanted[@]}"; do
  [[ -n ${installed[$package]:-} ]] || missing+=("$package")
done
((${#missing[@]} == 0)) && exit 0

# shellcheck source=/dev/null
os() { if [[ -r /etc/os-release ]]; then (. /etc/os-release && echo "${!1:-}"); fi; }
if [[ $(os ID)$(os VERSION_ID) != debian12 ]]; then
  stop 69 "DeniDin is built from Debian 12 packages, and this is $(os PRETTY_NAME)." \
    "Run it on Debian 12 or in a Debian 12 container. Missing here: ${missing[*]}"
fi

install=(apt-get install -y --no-remove --no-install-recommends "${missing[@]}")
as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    stop 77 "These Debian packages are missing, and installing them needs root. As root, run:" \
      "  apt-get update && ${install[*]}"
  fi
  as_root=(sudo)
  # Without a terminal nobody can type a password.
  [[ -t 0 ]] || as_root=(sudo -n)
  if ! "${as_root[@]}" true; then
    stop 77 "These Debian packages are missing, and sudo does not let you install them. Run:" \
      "  sudo apt-get update && sudo ${install[*]}"
  fi
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" -o DPkg::Lock::Timeout=300; }

echo "Installing Debian packages: ${missing[*]}"
apt apt-get update -q ||
  echo "apt-get update did not end well; going on with the package lists at hand." >&2

# A dry run first: --no-remove alone would say that something is in the way, but not how to go on.
if ! plan=$(LC_ALL=C apt-get install -s --no-install-recommends "${missing[@]}" 2>&1); then
  stop 69 "$plan" "" "apt-get cannot install these packages, see above. The command was:" \
    "  ${install[*]}"
fi
in_the_way=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$plan" | sort | paste -sd ' ')
if [[ -n $in_the_way ]]; then
  stop 69 "These installed packages conflict with what DeniDin needs: $in_the_way" \
    "(Debian allows one version of the Boost headers at a time, and DeniDin needs 1.81.)" \
    "Nothing was changed. If nothing else on this machine needs them, remove them and run again:" \
    "  ${as_root[*]:+sudo }apt-get remove $in_the_way" \
    "Otherwise build DeniDin in a Debian 12 container."
fi

apt "${install[@]}" || stop 69 "" "apt-get failed, see above. Nothing was removed. To repeat it:" \
  "  ${as_root[*]:+sudo }${install[*]}"
