#!/bin/sh
set -e

mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true

if [ ! -d /scratch ]; then
  scratch_mb=$(awk '/MemTotal/ {printf "%d", $2 * 9 / 10 / 1024}' /proc/meminfo)
  echo "WARNING: /scratch is not mounted, using ${scratch_mb} MB of memory" >&2
  mkdir -p /scratch
  mount -t tmpfs -o "size=${scratch_mb}m" tmpfs /scratch
fi
df -h /scratch >&2

/usr/local/bin/sandbox-api &
API_PID=$!

i=0
until curl -sf -m 2 -o /dev/null http://localhost:8080/health; do
  i=$((i + 1))
  if [ "$i" -gt 600 ]; then
    echo "sandbox-api did not come up" >&2
    exit 1
  fi
  kill -0 "$API_PID" 2>/dev/null || { echo "sandbox-api ended" >&2; exit 1; }
  sleep 0.1
done

curl -sf -X POST http://localhost:8080/process \
  -H 'Content-Type: application/json' \
  -d '{
    "name": "buildkitd",
    "command": "buildkitd --root /scratch/buildkit --addr unix:///run/buildkit/buildkitd.sock",
    "keepAlive": true,
    "timeout": 0
  }' >/dev/null

wait "$API_PID"
