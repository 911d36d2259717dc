#!/bin/bash

/usr/local/bin/sandbox-api &

while ! nc -z 127.0.0.1 8080; do
  sleep 0.1
done

curl http://127.0.0.1:8080/process \
  -X POST \
  -H "Content-Type: application/json" \
  -d '{
    "name": "playwright",
    "workingDir": "/app",
    "command": "node server.js",
    "restartOnFailure": true
  }'

wait
