#!/bin/sh
set -e

if [ "${1#-}" != "$1" ]; then
  set -- node "$@"
fi

sandbox-api &
curl --retry 60 --retry-delay 1 --retry-connrefused -fsS -o /dev/null http://127.0.0.1:8080/health

exec "$@"
