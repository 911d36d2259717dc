#!/usr/bin/env bash
set -o errexit -o nounset -o pipefail

readonly API_BIN="${SANDBOX_API:-/usr/local/bin/sandbox-api}"
readonly API_PORT=8080
: "${PORT:=3000}"
export PORT

if [[ ! -x "$API_BIN" ]]; then
  echo "no sandbox-api at $API_BIN" >&2
  exit 127
fi

"$API_BIN" --port "$API_PORT" &
api_pid=$!

node server.js &
app_pid=$!

wait -n "$api_pid" "$app_pid"
exit $?
