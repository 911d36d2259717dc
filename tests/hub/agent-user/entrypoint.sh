#!/bin/sh
set -e

export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# ── sandbox-api keeps root and port 8080 ────────────────────────────
/usr/local/bin/sandbox-api &

i=0
while ! nc -z 127.0.0.1 8080; do
  i=$((i+1))
  if [ "$i" -gt 100 ]; then
    echo "ERROR: sandbox-api did not become ready in 10s"
    exit 1
  fi
  sleep 0.1
done

WORKSPACE_DIR="${WORKSPACE_DIR:-/workspace}"
mkdir -p "$WORKSPACE_DIR" /home/agent/.config
chown -R agent:agent "$WORKSPACE_DIR" /home/agent

if [ -d /home/agent/.config/plugins ]; then
  COUNT=$(find /home/agent/.config/plugins -name "*.md" 2>/dev/null | wc -l | tr -d ' ')
  echo "plugins found: $COUNT"
fi

# ── the agent itself runs without root ──────────────────────────────
exec runuser -u agent -- node /srv/server.mjs
