#!/usr/bin/env bash
# With arguments: runs them. Without: is a sandbox.
set -e

if [ "$#" -gt 0 ]; then
  case "$1" in
    */demo.sh|demo.sh)
      if [ -z "${DEMO_NAME:-}" ]; then
        echo "[entrypoint] DEMO_NAME is not set." >&2
        exit 1
      fi
      ;;
  esac
  exec "$@"
fi

exec /usr/local/bin/sandbox-api
