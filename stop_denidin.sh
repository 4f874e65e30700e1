#!/usr/bin/env bash
# Stops the daemon that ./run_denidin.sh started and waits until it has drained.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")"
pid_file=run/denidin.pid
stopping=run/denidin.stopping
patience=60
force=

usage() {
  cat <<'HELP'
usage: ./stop_denidin.sh [--wait SECONDS] [--force]

Tells the daemon to stop accepting, to finish what is in flight (limits.drain_seconds) and to end,
and waits for that. Nothing that was accepted is lost either way.

  --wait SECONDS   how long to wait (default 60)
  --force          kill the daemon when it has not ended by then
  --help           this text

Exit codes: 0 it has ended or did not run, 64 usage, 75 it still drains, 77 it is not yours.
HELP
}

while (($# > 0)); do
  case $1 in
    --wait)
      patience=${2:-}
      [[ $patience =~ ^[0-9]+$ ]] || {
        echo "stop_denidin.sh: --wait needs a number of seconds." >&2
        exit 64
      }
      shift
      ;;
    --force) force=1 ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      echo "stop_denidin.sh: unknown argument '$1'." >&2
      usage >&2
      exit 64
      ;;
  esac
  shift
done

# True when no daemon holds the lock (see run_denidin.sh), or within so many seconds none does. What
# is left of its files then goes.
ended() { [[ ! -e run/denidin.lock ]] || flock -w "$1" run/denidin.lock rm -f "$pid_file" "$stopping"; }

if ended 0; then
  echo "DeniDin is not running."
  exit 0
fi
if ! pid=$(cat "$pid_file" 2>/dev/null); then
  echo "DeniDin is just being started or just ended. Try again in a second." >&2
  exit 75
fi

if ! kill -0 "$pid" 2>/dev/null && [[ -e /proc/$pid ]]; then
  echo "DeniDin (process $pid) belongs to $(stat -c %U "/proc/$pid"), who alone can stop it." >&2
  exit 77
fi
# A second SIGTERM would cut the drain short: who runs this script again wants to wait longer.
if [[ $(cat "$stopping" 2>/dev/null) != "$pid" ]]; then
  echo "$pid" >"$stopping"
  kill -TERM "$pid" 2>/dev/null || true
fi
echo "DeniDin (process $pid) is draining."
if ended "$patience"; then
  echo "DeniDin has ended."
  exit 0
fi
if [[ -z $force ]]; then
  echo "DeniDin (process $pid) still drains after $patience s. Run ./stop_denidin.sh again to wait" >&2
  echo "longer, or ./stop_denidin.sh --force to kill it: what it accepted is on disk either way." >&2
  exit 75
fi
echo "DeniDin did not end within $patience s: killing process $pid." >&2
kill -KILL "$pid"
ended 10
echo "DeniDin was killed."
