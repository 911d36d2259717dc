#!/bin/bash

chromium-browser \
  `# === as it must be in a container ===` \
  --headless \
  --no-sandbox \
  --remote-debugging-port=9222 \
  `# === graphics ===` \
  --disable-gpu \
  "$@" &
CHROME_PID=$!

/usr/local/bin/sandbox-api &
SANDBOX_API_PID=$!

nginx -g "daemon off;" &
NGINX_PID=$!

wait -n $SANDBOX_API_PID $CHROME_PID $NGINX_PID
exit $?
