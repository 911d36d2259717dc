#!/bin/bash
set -euo pipefail
source "$(dirname "$0")/lib.sh"

serve() {
  log "serving"
  curl -fsS -X POST "$API/process" -H 'Content-Type: application/json' \
    -d '{"name":"web","command":"python -m http.server 8000"}'
}

main() {
  start_sandbox_api
  wait_for_sandbox_api
  case "${1:-serve}" in
    serve) serve ;;
    idle) log "idle" ;;
    *) log "unknown: $1"; exit 64 ;;
  esac
  wait "$SANDBOX_PID"
}

main "$@"
