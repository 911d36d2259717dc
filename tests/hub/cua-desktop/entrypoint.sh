#!/bin/sh
set -e
mkdir -p "${XDG_RUNTIME_DIR:=/tmp/runtime}" && chmod 700 "$XDG_RUNTIME_DIR"
export XDG_RUNTIME_DIR
rm -f /tmp/.X1-lock
exec "$@"
