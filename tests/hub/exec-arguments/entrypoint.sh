#!/bin/bash
# Wait for bash's own TCP: the image brings neither nc nor curl.
sandbox-api &
until (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; do
  sleep 0.2
done
echo "sandbox-api is up, starting: $*"
exec "$@"
