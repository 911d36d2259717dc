"""Signals pass through the launcher, and its end is the binary's: signals.py LAUNCHER PROJECT."""

import os
import signal
import subprocess
import sys

launcher, project = sys.argv[1:]


def building() -> subprocess.Popen:
    """A deploy whose build lasts an hour, once it has begun."""
    process = subprocess.Popen(
        [launcher, "deploy", project, "--sim", "--scenario", "slow"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if "BUILDING" in line:
            return process
    raise AssertionError(f"no build; exit {process.wait()}")


def end(process: subprocess.Popen) -> int:
    """How it ended, once nobody holds its standard error any more: neither it nor what it started."""
    process.stderr.read()
    return process.wait()


for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
    process = building()
    process.send_signal(number)
    assert end(process) == code, f"{number.name}: {process.returncode}"

process = building()
with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
    (child,) = file.read().split()
os.kill(int(child), signal.SIGKILL)
assert end(process) == -signal.SIGKILL, process.returncode
