#!/bin/sh

/usr/local/bin/sandbox-api &

socat TCP-LISTEN:8081,fork,reuseaddr TCP:127.0.0.1:9222 &

# Start Chrome again whenever it ends.
while true; do
  chromium-browser \
    --headless \
    --no-sandbox \
    --disable-gpu \
    --disable-dev-shm-usage \
    --remote-debugging-port=9222 \
    about:blank
  echo "chromium ended with $?, starting it again"
  sleep 1
done
