#!/bin/bash
set -e

# The server runs beside sandbox-api, which keeps the sandbox alive.
jupyter server --config=/etc/jupyter/jupyter_server_config.py > /var/log/jupyter.log 2>&1 &

exec /usr/local/bin/sandbox-api
