#!/bin/sh
php-fpm -D
caddy start --config /etc/caddy/Caddyfile
exec /usr/local/bin/sandbox-api
