#!/bin/bash
set -e

/usr/local/bin/sandbox-api &

echo "Waiting for sandbox-api..."
while ! nc -z localhost 8080; do
    sleep 0.1
done

# cgroup v2: allow nesting
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/init
    xargs -rn1 < /sys/fs/cgroup/cgroup.procs > /sys/fs/cgroup/init/cgroup.procs || :
    sed -e 's/ / +/g' -e 's/^/+/' < /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control || true
fi

rm -f /var/run/docker.pid
dockerd --host=unix:///var/run/docker.sock
