#!/bin/sh
node /app/apps/web/server.js &
exec sandbox-api
