sandbox-api &
until wget -qO /dev/null http://127.0.0.1:8080/health; do sleep 1; done
exec python -m http.server 8000
