#!/bin/bash
cd /app && uv run uvicorn main:app --host 0.0.0.0 --port 8000 &
exec /usr/local/bin/sandbox-api
