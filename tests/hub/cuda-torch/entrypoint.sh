#!/bin/bash
set -e
/usr/local/bin/sandbox-api &
SANDBOX_API_PID=$!
for attempt in {1..60}; do
  nc -z 127.0.0.1 8080 && break
  sleep 0.5
done
"$@" &
wait $SANDBOX_API_PID
