#!/bin/sh
sandbox-api &
until nc -z localhost 8080; do sleep 1; done
curl -fsS localhost:8080/process -H 'content-type: application/json' \
  -d "{\"name\":\"astro\",\"workingDir\":\"$PWD\",\"command\":\"npm run dev -- --host\"}"
wait
