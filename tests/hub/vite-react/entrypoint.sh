#!/usr/bin/env sh
set -eu

/usr/local/bin/sandbox-api &
API=$!

i=0
until nc -z 127.0.0.1 8080 2>/dev/null; do
  i=$((i + 1))
  [ "$i" -lt 120 ] || { echo "sandbox-api did not come up" >&2; exit 1; }
  sleep 0.25
done

curl --fail --silent --show-error -X POST http://127.0.0.1:8080/process \
  -H 'Content-Type: application/json' \
  --data @- <<'JSON'
{"name": "vite", "workingDir": "/blaxel/app", "command": "npm run dev -- --host 0.0.0.0 --port 5173"}
JSON

wait "$API"
