# Sourced, not run.
API="http://127.0.0.1:8080"

log() {
  printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >&2
}

start_sandbox_api() {
  log "starting sandbox-api"
  /usr/local/bin/sandbox-api >/proc/1/fd/1 2>&1 &
  SANDBOX_PID=$!
}

wait_for_sandbox_api() {
  local tries=0
  until curl -fsS "$API/health" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      log "sandbox-api did not answer"
      return 1
    fi
    sleep 0.5
  done
}
