#!/usr/bin/env bash
# Instructions of `sandgate lint` over one project, start of the process included, by callgrind; and proof that linting
# neither starts a runtime nor touches TLS. Instruction counts are repeatable where seconds are not.
set -euo pipefail
cd "$(dirname "$0")/.."
limit=40000000
command -v valgrind >/dev/null || { echo "SKIPPED: valgrind is not installed"; exit "${SANDGATE_REQUIRE_REAL:-0}"; }
cargo build --locked --release -q
cargo build --locked -q
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

worst=0
for project in fixtures/nextjs-agent fixtures/monorepo-api fixtures/bad-agent fixtures/platform-example; do
  valgrind --tool=callgrind --callgrind-out-file="$work/out" target/release/sandgate lint "$project" \
    >/dev/null 2>"$work/log" || true
  count=$(sed -n 's/^.*Collected : //p' "$work/log")
  printf '%12d instructions  %s\n' "$count" "$project"
  [ "$count" -le "$worst" ] || worst=$count
done
[ "$worst" -le "$limit" ] || { echo "over the limit of $limit"; exit 1; }

# The development build has names, so that what ran can be read.
valgrind --tool=callgrind --callgrind-out-file="$work/names" target/debug/sandgate lint fixtures/nextjs-agent \
  >/dev/null 2>&1 || true
grep -q 'sandgate::lint' "$work/names" || { echo "no names were recorded"; exit 1; }
if grep -E 'fn=.*(tokio|rustls|reqwest|hyper|axum)::' "$work/names" | head -3 | grep .; then
  echo "linting called into a runtime or TLS"
  exit 1
fi
echo "no runtime and no TLS"
