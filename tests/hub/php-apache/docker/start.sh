#!/bin/sh
set -e
sandbox-api &
until curl -fs http://127.0.0.1:8080/health >/dev/null; do sleep 1; done
exec apache2-foreground
