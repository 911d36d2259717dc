#!/usr/bin/env bash
# Instructions of `sandgate lint` over one project, start of the process included, and over many, by callgrind; and proof that linting
# neither starts a runtime nor touches TLS. Instruction counts are repeatable where seconds are not. It counts the development
# build, which is there anyhow, has names, and takes some seven times what is shipped takes.
#
#   bench/lint-instructions.sh [BINARY]     default: target/debug/sandgate, built if needed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-target/debug/sandgate}
limit=60000000
each_of_many=12000000
command -v valgrind >/dev/null || { echo "SKIPPED: valgrind is not installed"; exit "${SANDGATE_REQUIRE_REAL:-0}"; }
[ -n "${1:-}" ] || cargo build --locked -q
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for project in fixtures/nextjs-agent fixtures/monorepo-api fixtures/bad-agent fixtures/platform-example; do
  valgrind --tool=callgrind --callgrind-out-file="$work/names" "$bin" lint "$project" >/dev/null 2>"$work/log" || true
  count=$(sed -n 's/^.*Collected : //p' "$work/log")
  printf '%12d instructions  %s\n' "$count" "$project"
  [ "$count" -le "$limit" ] || { echo "over the limit of $limit"; exit 1; }
  grep -q 'sandgate::lint' "$work/names" || { echo "no names were recorded"; exit 1; }
  if grep -m 3 -E 'fn=.*(tokio|rustls|reqwest|hyper|axum)::' "$work/names"; then
    echo "linting called into a runtime or TLS"
    exit 1
  fi
done
echo "no runtime and no TLS"

# With every rule on, as `lint-peers.sh` does.
python3 bench/dockerfiles.py "$work/many" 40 >/dev/null
bin=$(realpath "$bin")
cd "$work/many"
RAYON_NUM_THREADS=1 valgrind --tool=callgrind --callgrind-out-file="$work/names" \
  "$bin" lint --select ALL --fail-on never --format json p*/Dockerfile >/dev/null 2>"$work/log"
count=$(($(sed -n 's/^.*Collected : //p' "$work/log") / 40))
printf '%12d instructions  each of 40 generated projects\n' "$count"
[ "$count" -le "$each_of_many" ] || { echo "over the limit of $each_of_many"; exit 1; }
