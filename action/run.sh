# Finds or fetches the sandgate that `versions` pins, and becomes it. Started by ../action.yml.
#
# POSIX sh: dash, busybox, the sh of macOS, Git for Windows. Whatever comes from outside comes by environment and is data.
set -eu

# An earlier step can leave functions and start-up files in the environment that stand in for commands. `unset` and
# paths cannot be stood in for.
unset BASH_ENV ENV CDPATH
functions=$(/usr/bin/env | /usr/bin/env sed -n \
  -e 's/^BASH_FUNC_\([^=]*\)%%=.*/\1/p' \
  -e 's/^BASH_FUNC_\([^=]*\)()=.*/\1/p' \
  -e 's/^__BASH_FUNC<\([^=]*\)>()=.*/\1/p') || {
  # Nothing has been unset yet that could stand in for `printf`.
  \unset -f printf
  printf '::error title=sandgate::There is no env or sed on this runner: install it. Nothing was done.\n'
  exit 2
}
# A name is any word: `[`, too.
set -f
for name in $functions; do
  unset -f -- "$name"
done
set +f
unset functions

# Without it keys are not masked.
command -v awk >/dev/null || {
  printf '::error title=sandgate::There is no awk on this runner: install it. Nothing was done.\n'
  exit 2
}

here=${0%/*}
temp= part= child=

encoded() { # a value as the data of a workflow command
  printf '%s' "$1" | LC_ALL=C awk 'NR > 1 { printf "%%0A" } { gsub(/%/, "%25"); gsub(/\r/, "%0D"); printf "%s", $0 }'
}

fail() { # fail CODE MESSAGE; the codes are those of sandgate
  printf '::error title=sandgate::%s\n' "$(encoded "$2")"
  exit "$1"
}

# Whatever the command is: a build may print what the job was given. GitHub shows none of these lines.
for name in BL_API_KEY BL_CLIENT_CREDENTIALS SANDGATE_TARGET_API_KEY SANDGATE_GITHUB_TOKEN; do
  eval "value=\${$name-}"
  [ -n "$value" ] || continue
  value=$(encoded "$value") || {
    printf '::error title=sandgate::A key cannot be masked: see the line above. Nothing was done.\n'
    exit 2
  }
  printf '::add-mask::%s\n' "$value"
done
unset value

# An input that was not given is an empty variable here; for sandgate it must be none.
for name in $(env | sed -n 's/^\(BL_[A-Z_]*\)=$/\1/p; s/^\(SANDGATE_[A-Z_]*\)=$/\1/p'); do
  eval "[ -n \"\${$name-}\" ]" || unset "$name"
done

clean() {
  if [ -n "$child" ]; then kill "$child" 2>/dev/null || :; fi
  if [ -n "$temp" ]; then rm -rf "$temp"; fi
  if [ -n "$part" ]; then rm -f "$part"; fi
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

sum() { # sum FILE: its SHA-256
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  else
    openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
  fi
}

platform() { # sets target and program
  program=sandgate
  case ${RUNNER_ARCH:-$(uname -m)} in
    X64 | x86_64 | amd64) target=x86_64 ;;
    ARM64 | aarch64 | arm64) target=aarch64 ;;
    *) target= ;;
  esac
  case ${RUNNER_OS:-$(uname -s)} in
    Linux) system=unknown-linux-musl ;;
    macOS | Darwin) system=apple-darwin ;;
    Windows | MINGW* | MSYS*) system=pc-windows-msvc program=sandgate.exe ;;
    *) system= ;;
  esac
  if [ -z "$target" ] || [ -z "$system" ]; then
    fail 2 "There is no sandgate for ${RUNNER_OS:-$(uname -s)} on ${RUNNER_ARCH:-$(uname -m)}: build it there and set binary-path."
  fi
  target=$target-$system
}

pins() { # sets version, releases, archive_sum and program_sum
  version= releases= archive_sum= program_sum=
  while read -r key value rest; do
    case $key in
      version) version=$value ;;
      releases) releases=$value ;;
      "$target") archive_sum=$value program_sum=$rest ;;
    esac
  done <"$here/versions"
  case $archive_sum$program_sum in
    '' | *[!0-9a-f]*) pinned= ;;
    *) pinned=${#archive_sum}+${#program_sum} ;;
  esac
  [ "$pinned" = 64+64 ] ||
    fail 2 "sandgate $version is not released yet for $target: build it (cargo install --locked) and set binary-path."
}

source_of() { # sets url and protocol: where the archive is fetched from, and over what
  url=${SANDGATE_DOWNLOAD_BASE_URL:-$releases}
  url=${url%/}/v$version/sandgate-$version-$target.tar.gz
  # No user, no query: those would stand in logs.
  case $url in
    *[!][A-Za-z0-9._~:/%+,=-]*) protocol= ;;
    https://[A-Za-z0-9]*) protocol='=https' ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | 'http://[::1]'[:/]*) protocol='=http' ;;
    *) protocol= ;;
  esac
  [ -n "$protocol" ] ||
    fail 2 "download-base-url must be an https:// address without user and query (http:// on this machine only)."
}

waited() { # waited COMMAND...: its exit code; a signal does not wait for it
  "$@" &
  child=$!
  code=0
  wait "$child" || code=$?
  child=
  return "$code"
}

fetch() { # fetch FILE
  attempt=1
  while :; do
    code=0
    if command -v curl >/dev/null; then
      # curl repeats what is worth it (408, 429, 5xx, as Retry-After says); an answer that broke off is repeated here.
      waited curl --proto "$protocol" --proto-redir "$protocol" --tlsv1.2 --fail --location --globoff --netrc-optional \
        --silent --show-error --retry 5 --retry-connrefused --retry-max-time 120 --connect-timeout 20 --max-time 300 \
        --user-agent "sandgate-action/$version" --output "$1" "$url" || code=$?
      case $code in 0) return ;; 18 | 28 | 35 | 52 | 55 | 56 | 92) ;; *) break ;; esac
    elif command -v wget >/dev/null; then
      if wget --help 2>&1 | grep -q -- --secure-protocol; then
        waited wget --quiet --secure-protocol=TLSv1_2 --tries=5 --waitretry=5 --retry-connrefused --timeout=60 \
          --retry-on-http-error=408,429,500,502,503,504 --user-agent="sandgate-action/$version" \
          --output-document="$1" "$url" || code=$?
      else # busybox, where -T is a fault of some versions
        waited wget -q -O "$1" "$url" || code=$?
      fi
      case $code in 0) return ;; 8) break ;; esac
    else
      fail 2 "Neither curl nor wget is there: install one, or set binary-path."
    fi
    [ "$attempt" -lt 3 ] || break
    attempt=$((attempt + 1))
    waited sleep "$attempt"
  done
  fail 5 "sandgate $version cannot be fetched from $url (${code}): see the line above; a mirror can be named with download-base-url, a finished binary with binary-path."
}

store() { # sets kept, the folder where the program stays: the tool cache, else what the runner empties after the job
  for base in "${RUNNER_TOOL_CACHE-}" "${RUNNER_TEMP-}"; do
    kept=$base/sandgate/$version/$target
    if [ -n "$base" ] && mkdir -p "$kept" 2>/dev/null && [ -w "$kept" ]; then return; fi
  done
  fail 2 "Neither RUNNER_TOOL_CACHE nor RUNNER_TEMP can be written to: set one of them, or binary-path."
}

pinned_program() { # sets bin
  platform
  pins
  for base in "${RUNNER_TOOL_CACHE-}" "${RUNNER_TEMP-}"; do
    bin=$base/sandgate/$version/$target/$program
    if [ -n "$base" ] && [ -f "$bin" ]; then
      if [ "$(sum "$bin")" = "$program_sum" ]; then
        echo "sandgate $version for $target, from the tool cache"
        return
      fi
      echo "The sandgate in the tool cache is not the one that this Action pins; it is replaced."
    fi
  done
  source_of
  store
  temp=$(mktemp -d "${RUNNER_TEMP:-$kept}/.sandgate.XXXXXX")
  fetch "$temp/archive"
  found=$(sum "$temp/archive")
  [ "$found" = "$archive_sum" ] ||
    fail 7 "What $url gave is not the sandgate $version that this Action pins (SHA-256 $found, expected $archive_sum). It was not unpacked."
  tar -xzOf - "sandgate-$version-$target/$program" <"$temp/archive" >"$temp/$program" ||
    fail 5 "The archive of sandgate $version cannot be unpacked: see the line above."
  [ "$(sum "$temp/$program")" = "$program_sum" ] ||
    fail 7 "The program in the archive of sandgate $version is not the one that this Action pins. It was not run."
  bin=$kept/$program
  part=$kept/.$program.$$
  cp "$temp/$program" "$part"
  chmod 755 "$part"
  # Another job may just have put it there, and on Windows may be running it.
  mv -f "$part" "$bin" 2>/dev/null || [ "$(sum "$bin")" = "$program_sum" ] ||
    fail 5 "sandgate cannot be put into $kept."
  echo "sandgate $version for $target, from $url"
}

if [ -n "${SANDGATE_BINARY_PATH-}" ]; then
  bin=$SANDGATE_BINARY_PATH
  case $bin in /* | [A-Za-z]:[/\\]*) ;; *) bin=$PWD/$bin ;; esac
  [ -f "$bin" ] || fail 2 "binary-path: there is no file $SANDGATE_BINARY_PATH."
  [ -x "$bin" ] || fail 2 "binary-path: $SANDGATE_BINARY_PATH cannot be executed."
else
  pinned_program
fi

if [ -n "${SANDGATE_WORKING_DIRECTORY-}" ]; then
  cd -- "$SANDGATE_WORKING_DIRECTORY" 2>/dev/null ||
    fail 2 "working-directory: there is no folder $SANDGATE_WORKING_DIRECTORY (did actions/checkout run before?)."
fi
unset SANDGATE_BINARY_PATH SANDGATE_DOWNLOAD_BASE_URL SANDGATE_WORKING_DIRECTORY

# What looks like a path would be rewritten on its way from Git Bash to a Windows program, a key with a slash, too.
if [ -n "${MSYSTEM-}" ]; then export MSYS2_ENV_CONV_EXCL='SANDGATE_;BL_;GITHUB_'; fi
clean
trap - EXIT HUP INT TERM
exec "$bin" ci
