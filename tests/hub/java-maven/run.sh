#!/bin/sh
java $JAVA_OPTS -Dserver.port=9000 -jar /app/app.jar &
exec sandbox-api
