#!/usr/bin/env bash
# Builds targets of a CMake preset: configures when that has not been done, and lets Ninja find out
# what else is to do.
#
#   deploy/build.sh PRESET [-j JOBS] [TARGET...]    (default: all targets)
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
preset=${1:?usage: deploy/build.sh PRESET [-j JOBS] [TARGET...]}
shift
jobs=
if [[ ${1:-} == -j ]]; then
  jobs=${2:?-j needs a number}
  shift 2
fi

# A source with Beast takes about 1 GB to compile, more with the sanitizers: no more jobs than fit.
if [[ -z $jobs ]]; then
  jobs=$(nproc)
  free_mb=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  if limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null) && [[ $limit != max ]] &&
    ((limit / 1048576 < free_mb)); then
    free_mb=$((limit / 1048576))
  fi
  ((jobs * 1500 > free_mb)) && jobs=$((free_mb / 1500))
  ((jobs >= 1)) || jobs=1
fi

if [[ ! -f build/$preset/build.ninja ]]; then
  cmake --preset "$preset"
fi
targets=()
(($# == 0)) || targets=(--target "$@")
cmake --build --preset "$preset" -j "$jobs" "${targets[@]}"
