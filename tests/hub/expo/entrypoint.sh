#!/bin/sh
/usr/local/bin/sandbox-api &
while ! nc -z 127.0.0.1 8080; do sleep 0.1; done
curl -s http://127.0.0.1:8080/process -X POST -H "Content-Type: application/json" \
  -d '{"name":"dev-server","workingDir":"/blaxel/app","command":"npx expo start --web --port 8081 --host lan","env":{"PORT":"8081"}}'
wait
