#!/bin/sh
# Turns mounted files into variables, then becomes the command.
for file in /run/secrets/*; do
  [ -f "$file" ] || continue
  export "$(basename "$file")"="$(cat "$file")"
done
exec "$@"
