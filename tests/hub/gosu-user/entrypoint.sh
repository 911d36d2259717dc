#!/bin/bash
set -Eeuo pipefail

# sandbox-api keeps root; the application does not.
/usr/local/bin/sandbox-api &

timeout 30 bash -c 'until nc -z 127.0.0.1 8080; do sleep 0.2; done'

chown -R app:app /home/app
exec gosu app "$@"
