#!/usr/bin/env bash
# One command from a checkout to a running daemon; --help tells the rest.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")"
denidin=build/release/cli/denidin
pid_file=run/denidin.pid
log=logs/denidin.log

usage() {
  cat <<'HELP'
usage: ./run_denidin.sh [--background] [-- ARGUMENTS OF denidin serve]

Installs the Debian packages that are missing, builds a release, creates config/denidin.json from
the example when there is no configuration, and runs the daemon. What is done already is not done
again. Relative paths are relative to the folder of this script.

  --background   detach: log to logs/denidin.log and return when the daemon is ready
  --help         this text

In the foreground the log goes to standard error; Ctrl-C drains and ends the daemon.
From elsewhere: ./stop_denidin.sh. The process id is in run/denidin.pid while it runs;
kill -HUP re-reads the configuration.

  ./run_denidin.sh
  ./run_denidin.sh --background
  ./run_denidin.sh -- --config /etc/denidin/denidin.json
HELP
}

background=
while (($# > 0)); do
  case $1 in
    --background) background=1 ;;
    --help | -h)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *)
      echo "run_denidin.sh: unknown argument '$1'. What is meant for 'denidin serve' goes after --." >&2
      usage >&2
      exit 64
      ;;
  esac
  shift
done
serve_arguments=("$@")

# The lock belongs to the open file behind descriptor 9, which the daemon inherits: it is free again
# exactly when the daemon has ended, however that happened.
mkdir -p run logs
exec 9>run/denidin.lock
if ! flock -w 1 9; then
  pid=$(cat "$pid_file" 2>/dev/null || true)
  echo "DeniDin runs already from this folder${pid:+ (process $pid)}." >&2
  echo "Stop it with ./stop_denidin.sh${pid:+, or let it re-read its configuration with kill -HUP $pid}." >&2
  exit 75
fi
echo $$ >"$pid_file"
# Waits for the lock without using any time, and so removes the pid file after every kind of end.
setsid --fork flock run/denidin.lock rm -f "$pid_file" run/denidin.stopping 9>&- </dev/null >/dev/null 2>&1

deploy/install_packages.sh product 9>&-
deploy/build.sh release denidin 9>&-

if [[ ! -e config/denidin.json && ! -e config/config.json ]]; then
  # It may come to hold keys: nobody else's to read.
  install -m 600 config/denidin.example.json config/denidin.json
  echo "Created config/denidin.json from config/denidin.example.json."
fi

if [[ -z $background ]]; then
  exec "$denidin" serve "${serve_arguments[@]}"
fi

# The command line reads the same configuration as the daemon, so it knows the address. A
# configuration with errors has none; the daemon says why when it is started.
config=()
for ((i = 0; i < ${#serve_arguments[@]}; ++i)); do
  case ${serve_arguments[i]} in
    --config) config=(--config "${serve_arguments[i + 1]:-}") ;;
    --config=*) config=("${serve_arguments[i]}") ;;
  esac
done
effective=$("$denidin" config show "${config[@]}" 2>/dev/null 9>&- || true)
value_of() { awk -v key="$1" '$1 == key {gsub(/"/, "", $2); print $2}' <<<"$effective"; }
scheme=http
[[ $(value_of http.tls.certificate) =~ ^(null)?$ ]] || scheme=https
listen=$(value_of http.listen)
# The question is whether the daemon is ready, not who it is: any certificate will do.
is_ready() { curl -fsk --noproxy '*' --max-time 2 -o /dev/null "$scheme://$listen/readyz"; }

if is_ready; then
  echo "Another DeniDin answers at $listen already. Stop it, or set http.listen to another port." >&2
  exit 69
fi

touch "$log"
chmod 600 "$log"
log_size=$(stat -c %s "$log")
setsid "$denidin" serve "${serve_arguments[@]}" </dev/null >>"$log" 2>&1 &
pid=$!
echo "$pid" >"$pid_file"

log_of_this_start() { tail -c "+$((log_size + 1))" "$log"; }
deadline=$((SECONDS + 120))
while ((SECONDS < deadline)); do
  if ! kill -0 "$pid" 2>/dev/null; then
    code=0
    wait "$pid" || code=$?
    echo "DeniDin ended with exit code $code before it was ready. Its log ($log) says:" >&2
    log_of_this_start | tail -n 20 >&2
    exit "$((code == 0 ? 70 : code))"
  fi
  if is_ready; then
    log_of_this_start
    echo "DeniDin is ready (process $pid), log: $log. Stop it with ./stop_denidin.sh."
    exit 0
  fi
  sleep 0.1
done
echo "DeniDin runs (process $pid) but was not ready within two minutes. See $log." >&2
exit 69
