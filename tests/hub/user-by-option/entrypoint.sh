#!/bin/sh
# Root prepares, everything else is the user's.
set -eu

SANDBOX_USER="${BL_SANDBOX_USER:-app}"
chown -R "$SANDBOX_USER" "${HOME:-/blaxel}" 2>/dev/null || true

exec /usr/local/bin/sandbox-api --user "$SANDBOX_USER" "$@"
