#!/bin/bash
set -euo pipefail
sandbox-api &
while ! (echo > /dev/tcp/127.0.0.1/8080) >/dev/null 2>&1; do sleep 0.1; done
"$@" &
wait -n
