#!/bin/sh
# pin.sh VERSION RELEASES FOLDER: writes `versions` beside this file.
#
# VERSION is without its `v`, RELEASES the address below which `vVERSION/ARCHIVE` can be fetched, FOLDER holds the
# archives of every target: `sandgate-VERSION-TARGET.tar.gz`, in it `sandgate-VERSION-TARGET/sandgate` (`.exe` on Windows).
set -eu
version=${1:?VERSION} releases=${2:?RELEASES} folder=${3:?FOLDER}
here=$(cd -- "$(dirname -- "$0")" && pwd)

sum() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

new=$(mktemp "$here/.versions.XXXXXX")
trap 'rm -f "$new"' EXIT
{
  grep '^#' "$here/versions"
  echo "version $version"
  echo "releases $releases"
} >"$new"
for target in $(sed -n 's/^\([a-z0-9_]*-[a-z0-9_-]*\) .*/\1/p' "$here/versions"); do
  name=sandgate-$version-$target
  case $target in *-windows-*) program=sandgate.exe ;; *) program=sandgate ;; esac
  tar -xzOf "$folder/$name.tar.gz" "$name/$program" >"$new.program" || { rm -f "$new.program"; exit 1; }
  archive_sum=$(sum <"$folder/$name.tar.gz")
  program_sum=$(sum <"$new.program")
  rm -f "$new.program"
  echo "$target $archive_sum $program_sum" >>"$new"
done
chmod 644 "$new"
mv "$new" "$here/versions"
