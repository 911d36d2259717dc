#!/bin/bash
set -e
mkdir -p /var/log/supervisor /home/cua/.vnc
chown -R cua:cua /home/cua
rm -f /tmp/.X1-lock /tmp/.X11-unix/X1
exec /usr/bin/supervisord -c /etc/supervisor/supervisord.conf -n
