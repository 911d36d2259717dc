#!/usr/bin/env bash
set -Eeo pipefail

docker-entrypoint.sh postgres -c listen_addresses=127.0.0.1 &
until pg_isready --host=127.0.0.1 --username=postgres --quiet; do
  sleep 0.5
done

cd /app && node index.js &

exec /usr/local/bin/sandbox-api
