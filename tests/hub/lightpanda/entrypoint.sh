#!/bin/sh
/usr/local/bin/sandbox-api &
/bin/lightpanda serve --host 0.0.0.0 --port 8081 &
wait -n
