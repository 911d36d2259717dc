#!/bin/sh
rm -f /run/nginx.pid
