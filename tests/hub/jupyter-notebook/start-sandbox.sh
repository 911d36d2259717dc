#!/bin/bash
/usr/local/bin/sandbox-api &
for _ in $(seq 1 60); do
  if curl -sf http://localhost:8080/health > /dev/null; then
    break
  fi
  sleep 0.5
done
exec "$@"
