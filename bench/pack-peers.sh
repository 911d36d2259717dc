#!/bin/sh
# Races `sandgate pack -o` against other zip writers on one generated tree, in one run, and prints
# ratios to Info-ZIP. Needs zip, python3 and bsdtar; takes about a minute.
#
#   bench/pack-peers.sh [BINARY]     default: target/release/sandgate
set -eu
bin=$(realpath "${1:-target/release/sandgate}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$bin" "$work" <<'PYTHON'
import os, random, resource, shutil, subprocess, sys, time

binary, work = sys.argv[1:]
tree = os.path.join(work, "tree")
rng = random.Random(7)
words = [bytes(rng.choice(b"abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(2, 9))) for _ in range(4000)]


def text(size):
    out = []
    while size > 0:
        word = words[min(int(rng.expovariate(1 / 300)), 3999)]
        out.append(word)
        size -= len(word) + 1
    return (b"\n" if rng.random() < 0.1 else b" ").join(out)


# Sizes as in a context with node_modules: median 1.2 kB, a long tail, some data that is noise.
total = 0
for number in range(6000):
    size = min(int(rng.lognormvariate(7.1, 1.7)), 4_000_000)
    path = os.path.join(tree, f"node_modules/p{number % 120}/lib{number % 7}/f{number}.js")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = text(size) if number % 25 else rng.randbytes(size)
    total += len(data)
    with open(path, "wb") as file:
        file.write(data)
for name, size in (("model.bin", 24_000_000), ("corpus.txt", 0)):
    data = rng.randbytes(size) if size else text(2_000_000) * 12
    total += len(data)
    with open(os.path.join(tree, name), "wb") as file:
        file.write(data)
with open(os.path.join(tree, "Dockerfile"), "w") as file:
    file.write("FROM scratch\nCOPY . /app\n")
print(f"{total / 1e6:.1f} MB in 6,003 files, {os.cpu_count()} cores")

script = """
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as out:
    for dir, _, files in os.walk('.'):
        for name in files: out.write(os.path.join(dir, name))
"""
racers = {
    "zip -r -q": lambda out: ["zip", "-r", "-q", out, "."],
    "python zipfile": lambda out: [sys.executable, "-c", script, out],
    "bsdtar": lambda out: ["bsdtar", "--format", "zip", "-cf", out, "."],
    "sandgate pack": lambda out: [binary, "--quiet", "pack", ".", "-o", out],
}
best = {}
for round in range(3):
    for name, command in racers.items():
        if not shutil.which(command("")[0]):
            continue
        out = os.path.join(work, "out.zip")
        if os.path.exists(out):
            os.unlink(out)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(command(out), cwd=tree, check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = os.path.getsize(out)
        old = best.get(name, (wall, cpu, size))
        best[name] = (min(old[0], wall), min(old[1], cpu), size)
base = best["zip -r -q"]
print(f"{'':16} {'wall s':>8} {'ratio':>6} {'CPU s':>8} {'ratio':>6} {'MB':>8} {'ratio':>6}   (best of 3)")
for name, (wall, cpu, size) in best.items():
    print(f"{name:16} {wall:8.2f} {wall / base[0]:6.2f} {cpu:8.2f} {cpu / base[1]:6.2f} {size / 1e6:8.2f} {size / base[2]:6.3f}")
PYTHON
