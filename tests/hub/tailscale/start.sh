#!/bin/bash
set -euo pipefail

tailscaled --tun=userspace-networking --socks5-server=localhost:1055 --state=mem: &

if [[ -n "${TS_AUTHKEY:-}" ]]; then
  tailscale up --authkey="${TS_AUTHKEY}" --hostname="${TS_HOSTNAME:-sandbox}" --accept-dns=false
fi

/usr/local/bin/sandbox-api
