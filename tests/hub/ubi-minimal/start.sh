sandbox-api --port 8080 &
until nc -z localhost 8080; do sleep 1; done
exec python3 -m http.server 8000
