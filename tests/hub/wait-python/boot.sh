#!/bin/sh
sandbox-api &
python3 - <<'PY'
import socket, time
while socket.socket().connect_ex(("127.0.0.1", 8080)):
    time.sleep(0.1)
PY
tail -f /dev/null
