#!/bin/sh

# The server of the kernels
MATPLOTLIBRC=/app/.config/matplotlibrc jupyter server \
  --no-browser \
  --ip=0.0.0.0 \
  --port=12345 \
  --allow-root \
  --ServerApp.root_dir=/app &

cd /app/server
python -m uvicorn main:app --host '' --port 8888 --workers 1 &

/usr/local/bin/sandbox-api &

wait $!
