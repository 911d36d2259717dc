# Fixed pause: nothing below needs sandbox-api at once.
/usr/local/bin/sandbox-api &
sleep 2
flask run --host=0.0.0.0 --port=5000
