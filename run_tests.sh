#!/usr/bin/env bash
# Every check of a change, in one command; --help tells the rest.
# shellcheck disable=SC2317  # stage calls functions by their names
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")"

usage() {
  cat <<'HELP'
usage: ./run_tests.sh [--quick] [--only REGEX] [-j JOBS]

Installs the Debian packages that are missing, then, stopping at the first stage that fails:

  format   formatting (clang-format-14) and the shell scripts (shellcheck)
  ci       a release build with warnings as errors; unit and end-to-end tests
  debug    AddressSanitizer and UndefinedBehaviorSanitizer; the same tests
  tsan     ThreadSanitizer; the tests of storage/ and net/ (CAF is not instrumented)

  --quick        only format and ci
  --only REGEX   only the tests whose name matches, e.g. --only '^storage\.'; implies --quick
  -j JOBS        compile and test with so many jobs (default: what processors and memory allow)
  --help         this text
HELP
}

quick=
only=
jobs=
while (($# > 0)); do
  case $1 in
    --quick) quick=1 ;;
    --only | -j)
      if (($# < 2)); then
        echo "run_tests.sh: $1 needs a value." >&2
        exit 64
      fi
      if [[ $1 == -j ]]; then jobs=$2; else only=$2 quick=1; fi
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      echo "run_tests.sh: unknown argument '$1'." >&2
      usage >&2
      exit 64
      ;;
  esac
  shift
done

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=second_deadlock_stack=1

sources() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp'
  else
    find . -path ./build -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0
  fi
}

check_format() {
  local file wrong=()
  while IFS= read -r -d '' file; do
    if [[ -e $file ]] && ! clang-format-14 --dry-run -Werror "$file" 2>/dev/null; then
      wrong+=("$file")
    fi
  done < <(sources)
  if ((${#wrong[@]} > 0)); then
    echo "Not formatted as .clang-format says:"
    printf '  %s\n' "${wrong[@]}"
    echo "To repair that:"
    echo "  clang-format-14 -i ${wrong[*]}"
    return 1
  fi
  shellcheck ./*.sh deploy/*.sh .ci/run
}

# build_and_test PRESET REGEX [TARGET...]
build_and_test() {
  local preset=$1 regex=$2
  shift 2
  deploy/build.sh "$preset" ${jobs:+-j "$jobs"} "$@" || return 1
  ctest --preset "$preset" -j "${jobs:-$(nproc)}" --no-tests=error ${regex:+-R "$regex"} |
    tee "build/$preset/tests.log"
}

summary=()
stage() {
  local name=$1 begin=$SECONDS code=0 result
  shift
  echo
  echo "== $name"
  "$@" || code=$?
  result=$(grep -hE 'tests passed|tests failed' "build/$name/tests.log" 2>/dev/null || true)
  summary+=("$(printf '%-7s %5d s  %s' "$name" $((SECONDS - begin)) "$result")")
  if ((code != 0)); then
    finish "FAILED in '$name'" 1
  fi
}

finish() {
  echo
  printf '%s\n' "${summary[@]}"
  echo "run_tests.sh: $1 after $SECONDS s"
  exit "$2"
}

rm -f build/*/tests.log
stage install deploy/install_packages.sh tests
stage format check_format
stage ci build_and_test ci "$only"
if [[ -z $quick ]]; then
  stage debug build_and_test debug ""
  stage tsan build_and_test tsan '^(storage|net)\.' test_storage test_net
fi
finish "passed" 0
