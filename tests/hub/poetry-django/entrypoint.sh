#!/usr/bin/env bash
set -e
python manage.py migrate --noinput
python manage.py collectstatic --noinput

sandbox-api &
API_PID=$!
trap 'kill -TERM "$API_PID"' TERM INT

gunicorn --bind 0.0.0.0:8000 --workers "${WEB_CONCURRENCY:-2}" site.wsgi &

# The first of the two that ends takes the sandbox with it.
wait -n
