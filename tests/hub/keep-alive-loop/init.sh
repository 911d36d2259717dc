#!/bin/bash
nohup /usr/local/bin/sandbox-api > /var/log/sandbox-api.log 2>&1 &
SANDBOX=$!
timeout=30
while [ $timeout -gt 0 ]; do
  if curl -so /dev/null http://localhost:8080/health; then break; fi
  timeout=$((timeout - 1))
  sleep 1
done
while kill -0 "$SANDBOX" 2>/dev/null; do
  sleep 5
done
