#!/bin/sh
set -eu
case "$1" in
  sandbox)
    shift
    exec /usr/local/bin/sandbox-api "$@"
    ;;
  web)
    exec python -m http.server 8000
    ;;
  *)
    exec "$@"
    ;;
esac
